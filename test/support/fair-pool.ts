import { Worker, type Job } from 'bullmq';
import { Redis } from 'ioredis';
import type { Admission } from '../../apps/api/src/admission/admission-answer.js';
import type { AdmissionTerms } from '../../apps/api/src/admission/admission.ledger.js';
import { AdmissionLedger } from '../../apps/api/src/admission/admission.ledger.js';
import { shareOf } from '../../apps/api/src/admission/admission-terms.policy.js';
import { ClaimsLedger } from '../../apps/worker/src/generation/claims.ledger.js';
import type { TierConfig } from '../../libs/common/src/config/config-file.js';
import type { Priority, QueuedGeneration } from '../../libs/common/src/contracts/generation.js';
import { queueName, WORKER_OPTIONS } from '../../libs/common/src/queue/generation-queue.js';
import { openPoolQueues } from '../../libs/common/src/queue/open-pool-queues.js';
import type { PoolQueues } from '../../libs/common/src/queue/pool-queues.js';
import { keys } from '../../libs/common/src/redis/keys.js';
import { type JobRef, Settlement } from '../../libs/common/src/settlement/settlement.js';
import { admissionRequest, callerCalled, ROOMY } from './admission.js';
import { taskOf } from './task.js';

const POOL = 'default';
const TOKEN = 'token';
const RETENTION_MS = 60_000;
/** Enough at once to keep Redis busy, few enough to keep memory small. */
const ADMITTED_AT_ONCE = 500;
const TASK = taskOf();

export interface Wanted {
  readonly tenant: string;
  readonly priority?: Priority;
  /** Of the tenant's tier. */
  readonly share?: number;
  readonly cost?: number;
  readonly terms?: Partial<AdmissionTerms>;
}

export interface FairJob extends JobRef {
  /** The tenant as the test calls it. */
  readonly name: string;
  readonly priority: Priority;
  /** How many jobs were admitted before it. */
  readonly number: number;
  readonly admission: Admission & { kind: 'admitted' };
}

/** A pool in slow motion: the real ledgers and the real queue, and slots that take a job when the test says so. */
export class FairPool {
  /** Jobs in the order in which they were begun. */
  readonly served: FairJob[] = [];
  private readonly jobs = new Map<string, FairJob>();
  private readonly active: { readonly job: FairJob; readonly taken: Job<QueuedGeneration> }[] = [];
  private readonly worker: Worker<QueuedGeneration>;
  private readonly ledger: AdmissionLedger;
  private readonly claims: ClaimsLedger;
  private readonly settlement: Settlement;
  readonly queues: PoolQueues;
  readonly pool = POOL;

  constructor(
    readonly redis: Redis,
    private readonly slots = 1,
  ) {
    const onError = (error: Error) => {
      throw error;
    };
    this.queues = openPoolQueues([POOL], redis, onError);
    this.worker = new Worker(queueName(POOL), null, { ...WORKER_OPTIONS, connection: redis });
    this.worker.on('error', onError);
    this.ledger = new AdmissionLedger(redis, RETENTION_MS);
    this.claims = new ClaimsLedger(redis, 'worker-1');
    this.settlement = new Settlement(redis, RETENTION_MS);
  }

  static connect = (url: string): Redis => new Redis(url, { maxRetriesPerRequest: null });

  /** Forgets every job; the queue and its worker stay open. */
  async empty(): Promise<void> {
    await this.redis.flushall();
    this.jobs.clear();
    this.served.length = 0;
    this.active.length = 0;
  }

  async close(): Promise<void> {
    await this.worker.close();
    await Promise.all(this.queues.all().map((queue) => queue.close()));
  }

  /** Whatever admission says; an admitted job is not in the queue yet. */
  async ask(wanted: Wanted): Promise<{ readonly job: JobRef; readonly admission: Admission }> {
    const { tenant, priority = 'normal', share = 1, cost = 1, terms = {} } = wanted;
    const request = admissionRequest({ caller: callerCalled(tenant), priority });
    const weighed = { ...ROOMY, cost, share: shareOf({ share } as TierConfig, priority), ...terms };
    const job = { id: request.id, tenant: request.caller.tenant, pool: POOL };
    return { job, admission: await this.ledger.admit(request, weighed) };
  }

  /** A job that is admitted and not yet in the queue. */
  async admit(wanted: Wanted): Promise<FairJob> {
    const number = this.jobs.size;
    const { tenant: name, priority = 'normal' } = wanted;
    const { job: ref, admission } = await this.ask(wanted);
    if (admission.kind !== 'admitted') throw new Error(`${name} was not admitted: ${admission.kind}`);
    const job = { ...ref, name, priority, number, admission };
    this.jobs.set(job.id, job);
    return job;
  }

  async add({ id, tenant, admission }: FairJob): Promise<void> {
    await this.queues.add(POOL, id, { tenant, task: TASK }, admission.priority);
  }

  async send(wanted: Wanted): Promise<FairJob> {
    const job = await this.admit(wanted);
    await this.add(job);
    return job;
  }

  /** Over one connection: they are admitted and queued in their order. */
  async sendMany(count: number, wanted: Wanted): Promise<FairJob[]> {
    const sent: FairJob[] = [];
    while (sent.length < count) {
      const few = Array.from({ length: Math.min(ADMITTED_AT_ONCE, count - sent.length) });
      const admitted = await Promise.all(few.map(() => this.admit(wanted)));
      await Promise.all(admitted.map((job) => this.add(job)));
      sent.push(...admitted);
    }
    return sent;
  }

  /** Once all slots are busy, the job that began first ends; then the next one begins. Null when none waits. */
  async serve(): Promise<FairJob | null> {
    if (this.active.length >= this.slots) await this.finish();
    const taken = await this.worker.getNextJob(TOKEN, { block: false });
    // BullMQ's types do not say that there may be none.
    const job = this.jobs.get((taken as { id?: string } | undefined)?.id ?? '');
    if (job === undefined) return null;
    const claim = await this.claims.begin(job);
    if (claim.kind !== 'begun') throw new Error(`${job.id} was not begun: ${claim.kind}`);
    this.active.push({ job, taken });
    this.served.push(job);
    return job;
  }

  /** The next `count` jobs; fewer when the pool has no more. */
  async serveMany(count: number): Promise<FairJob[]> {
    const served: FairJob[] = [];
    while (served.length < count) {
      const job = await this.serve();
      if (job === null) break;
      served.push(job);
    }
    return served;
  }

  /** The job that began first ends. */
  async finish(): Promise<void> {
    const [ending] = this.active.splice(0, 1);
    if (ending === undefined) return;
    await this.settlement.settle(ending.job, { status: 'completed', outcome: { attempts: 1 } });
    await ending.taken.moveToCompleted(undefined, TOKEN, false);
  }

  /** As the edge does it: settled first, then out of the queue. */
  async cancel(job: JobRef): Promise<void> {
    await this.settlement.settle(job, { status: 'cancelled', outcome: { attempts: 0 } });
    await this.queues.remove(POOL, job.id);
  }

  /** A worker vanished under the job, and another one begins it. */
  async deliverAgain(job: FairJob): Promise<void> {
    await this.claims.begin(job);
  }

  async clock(): Promise<number> {
    return Number((await this.redis.hget(keys.poolFair(POOL), 'v')) ?? 0);
  }

  async tagOf({ id }: FairJob): Promise<number> {
    return Number(await this.redis.hget(keys.job(id), 'tag'));
  }

  /** The ids of the waiting jobs with BullMQ's priorities, the next one first. */
  async waiting(): Promise<{ readonly id: string; readonly priority: number }[]> {
    const flat = await this.redis.zrange(this.queues.prioritizedKey(POOL), '0', '-1', 'WITHSCORES');
    return flat.flatMap((id, at) =>
      at % 2 === 1 ? [] : [{ id, priority: Math.floor(Number(flat[at + 1]) / 2 ** 32) }],
    );
  }
}

/** How many of the jobs belong to each name. */
export function countByName(jobs: readonly FairJob[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name } of jobs) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
