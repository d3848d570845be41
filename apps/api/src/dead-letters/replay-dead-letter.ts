import type { Redis } from 'ioredis';
import { z } from 'zod';
import { digest } from '#common/contracts/digest.js';
import { mintJobId } from '#common/contracts/ids.js';
import type { JobRecord } from '#common/contracts/job-record.js';
import { ANONYMOUS_TIER } from '#common/contracts/tier.js';
import { Refusal } from '#common/errors/refusal.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import { keys } from '#common/redis/keys.js';
import type { Submission } from '../admission/admit-job.js';
import type { Idempotency } from '../admission/admission.ledger.js';
import type { SubmitJob } from '../generate/submit-job.js';
import type { Identity } from '../identity/identity.js';
import type { DeadLetter } from './dead-letter.js';
import { replayHindrance } from './dead-letter.policy.js';
import type { DeadLetterReader } from './dead-letter.reader.js';

const pairs = z.record(z.string(), z.string());
const DIGITS = 40;

export interface ReplayParts {
  readonly redis: Redis;
  readonly reader: DeadLetterReader;
  readonly submit: SubmitJob;
  readonly queues: PoolQueues;
  readonly metrics: Metrics;
  /** For a letter whose own deadline is no longer known, in milliseconds. */
  readonly jobDeadlineMs: number;
}

/** The new job. */
export interface Replayed {
  readonly jobId: string;
}

/**
 * Runs a dead letter's task again, as a new job of the same tenant for which nothing is charged. Under an idempotency key made of the
 * letter's id: two replays at once, or one after a crash between the queue and the removal, make one job.
 */
export class ReplayDeadLetter {
  constructor(private readonly parts: ReplayParts) {
    for (const pool of parts.queues.pools) this.count(pool, 0);
  }

  /** @throws Refusal dead_letter_not_found, dead_letter_not_replayable; queue_full and the like as SubmitJob. */
  async execute(pool: string, id: string, requestId: string): Promise<Replayed> {
    const letter = await this.parts.reader.find(pool, id);
    if (letter !== null) return this.replay(letter, requestId);
    return (await this.earlier(id)) ?? gone();
  }

  /** @throws Refusal as `execute`. */
  async replay(letter: DeadLetter, requestId: string): Promise<Replayed> {
    const { reader, submit, queues } = this.parts;
    const hindrance = replayHindrance(letter);
    if (hindrance !== null) refuse(SENTENCES[hindrance]);
    const task = await reader.task(letter.pool, letter.id);
    if (task === null || letter.tenant === null) {
      // Another replay may have taken it out meanwhile.
      return (await this.earlier(letter.id)) ?? refuse(SENTENCES.unreadable);
    }
    const queued = await submit.execute({
      ...this.termsOf(letter, letter.tenant),
      id: mintJobId(),
      requestId,
      task,
      reply: undefined,
      idempotency: idempotencyOf(letter.id),
      waives: 'all',
      replayOf: letter.id,
    });
    await queues.remove(letter.pool, letter.id);
    if (queued.kind === 'queued') this.count(letter.pool, 1);
    return { jobId: queued.job.id };
  }

  /** The job that another replay has made of the letter. */
  private async earlier(id: string): Promise<Replayed | null> {
    const known = await this.parts.redis.get(keys.idempotency(idempotencyOf(id).key));
    const [jobId] = known?.split(' ') ?? [];
    return jobId === undefined ? null : { jobId };
  }

  private termsOf({ record }: DeadLetter, tenant: string) {
    return {
      caller: callerOf(tenant, record),
      priority: record?.priority ?? 'normal',
      metadata: record?.metadata === undefined ? undefined : pairs.parse(JSON.parse(record.metadata)),
      deadlineMs: record === null ? this.parts.jobDeadlineMs : record.deadline_ms - record.created_ms,
      webhook: record?.webhook,
    } satisfies Partial<Submission>;
  }

  private count(pool: string, jobs: number): void {
    this.parts.metrics.counter('sluice_dead_letters_replayed_total').inc({ pool }, jobs);
  }
}

const SENTENCES = {
  unsettled: 'The job of this dead letter is not settled yet. Wait 5 s.',
  'ended-otherwise': 'The job of this dead letter did not end as failed: its caller was told of another end.',
  unreadable: 'The payload of this dead letter cannot be read.',
} as const;

function refuse(message: string): never {
  throw new Refusal('dead_letter_not_replayable', { message });
}

function gone(): never {
  throw new Refusal('dead_letter_not_found');
}

/** Whatever else is asked of the same letter is the same. */
function idempotencyOf(id: string): Idempotency {
  const key = digest(`replay ${id}`, DIGITS);
  return { key, body: key };
}

/** Whoever sent the job, as its record says; without one nobody but the tenant is known. */
function callerOf(tenant: string, record: JobRecord | null): Identity {
  const clientId = record?.client_id ?? 'key:unknown';
  const kind = (['key', 'user', 'ip'] as const).find((each) => clientId.startsWith(`${each}:`)) ?? 'key';
  const tier = record?.tier ?? ANONYMOUS_TIER;
  return { kind, clientId, tenant, tier, scopes: [], models: [], keyBudget: null };
}
