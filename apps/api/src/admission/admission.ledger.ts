import type { Redis } from 'ioredis';
import { digest } from '#common/contracts/digest.js';
import type { Priority } from '#common/contracts/generation.js';
import type { WebhookTarget } from '#common/contracts/webhook.js';
import { channels, keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import { Reply } from '#common/redis/reply.js';
import { LEASE_GRACE_MS } from '#common/settlement/lease.js';
import type { PoolPace } from '../jobs/pool-paces.js';
import { type Admission, admissionOf } from './admission-answer.js';
import type { LeaseTerm, RuleTerm } from './admission-terms.policy.js';
import type { Identity } from '../identity/identity.js';

const script = new LuaScript(new URL('./admit.lua', import.meta.url));

/** An admitted job that never reached the queue is found by the sweeper after this. */
const FIRST_SWEEP_MS = 30_000;

/** The longest a job can live before it is settled and its retention begins. */
export const DEADLINE_MS_MAX = 24 * 3_600_000;

/** How long a request can be repeated under its idempotency key. */
const IDEMPOTENCY_MS = 24 * 3_600_000;

/** Keys of one tenant may count rules of a day that this request does not look at: their hash outlives the day. */
const LIMITS_OF_KEYS_MS = 25 * 3_600_000;

export interface AdmissionRequest {
  readonly id: string;
  readonly caller: Pick<Identity, 'kind' | 'tenant' | 'clientId' | 'tier'>;
  readonly requestId: string;
  readonly pool: string;
  /** BullMQ's key of the pool's waiting jobs. */
  readonly prioritizedKey: string;
  readonly model: string;
  /** Whether tokens are told as they come. */
  readonly isStreamed: boolean;
  readonly priority: Priority;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly deadlineMs: number;
  /** The channel that is told of the settlement; absent when nobody waits. */
  readonly reply: string | undefined;
  readonly idempotency: Idempotency | undefined;
  /** Where its end is told; absent: wherever its tenant is told. */
  readonly webhook?: WebhookTarget | undefined;
  /** The dead job whose task it does again. */
  readonly replayOf?: string;
  /** The span of the request, as W3C's traceparent. */
  readonly trace?: string | undefined;
}

/** What makes two requests the same one. Both are digests. */
export interface Idempotency {
  /** Of tenant, route and key. */
  readonly key: string;
  readonly body: string;
}

export interface AdmissionTerms {
  readonly rules: readonly RuleTerm[];
  readonly leases: readonly LeaseTerm[];
  readonly poolQueuedMax: number;
  /** The longest predicted wait with which the job is still taken, in milliseconds. */
  readonly patienceMs: number;
  /** The weight of the job's flow, and what the job takes of it. */
  readonly share: number;
  readonly cost: number;
  /** Null while unknown: then no wait is predicted. */
  readonly pace: PoolPace | null;
}

/** The only code that lets a job in: one round trip, all or nothing. */
export class AdmissionLedger {
  constructor(
    private readonly redis: Redis,
    private readonly retentionMs: number,
  ) {}

  async admit(job: AdmissionRequest, terms: AdmissionTerms): Promise<Admission> {
    const { tenant } = job.caller;
    const { idempotency } = job;
    const reply = await script.run(
      this.redis,
      [
        keys.job(job.id),
        keys.unsettled,
        keys.tenantInFlight(tenant),
        keys.tenantQueued(tenant),
        keys.poolQueued(job.pool),
        keys.tenantJobs(tenant),
        keys.poolCounters(job.pool),
        keys.tenantLimits(tenant),
        keys.poolFair(job.pool),
        keys.poolFinish(job.pool),
        job.prioritizedKey,
        keys.adaptiveFactors(digest(job.model, 16)),
        keys.poolAsleep(job.pool),
        ...(idempotency === undefined ? [] : [keys.idempotency(idempotency.key)]),
      ],
      [
        JSON.stringify(this.wordsOf(job, terms)),
        keys.job(''),
        channels.scalerWake,
        job.pool,
        ...recordOf(job),
      ],
    );
    return admissionOf(new Reply(reply));
  }

  /** The terms in admit.lua's words. */
  private wordsOf(
    { id, deadlineMs, caller, priority, idempotency }: AdmissionRequest,
    terms: AdmissionTerms,
  ) {
    return {
      id,
      deadline_ms: deadlineMs,
      lease_grace_ms: LEASE_GRACE_MS,
      first_sweep_ms: FIRST_SWEEP_MS,
      list_ms: this.retentionMs + DEADLINE_MS_MAX,
      pool_queued_max: terms.poolQueuedMax,
      leases: terms.leases,
      rules: terms.rules,
      // A settlement that takes more than was reserved needs the state in which it was reserved.
      limits_ttl_ms: caller.kind === 'key' ? LIMITS_OF_KEYS_MS : deadlineMs,
      patience_ms: terms.patienceMs,
      fair: { tenant: caller.tenant, priority, cost: terms.cost, share: terms.share },
      ...(terms.pace === null ? {} : { pace: paceWords(terms.pace) }),
      ...(idempotency === undefined
        ? {}
        : { idempotency: { body: idempotency.body, ttl_ms: IDEMPOTENCY_MS } }),
    };
  }
}

function paceWords({ slots, serviceMs, clockPerMs }: PoolPace) {
  return { slots, service_ms: serviceMs, ...(clockPerMs === undefined ? {} : { clock_per_ms: clockPerMs }) };
}

function recordOf(job: AdmissionRequest): string[] {
  const { tenant, clientId, tier } = job.caller;
  const fields = ['tenant', tenant, 'client_id', clientId, 'request_id', job.requestId];
  fields.push('model', job.model, 'priority', job.priority, 'tier', tier);
  if (job.isStreamed) fields.push('streamed', '1');
  if (job.metadata !== undefined) fields.push('metadata', JSON.stringify(job.metadata));
  if (job.webhook !== undefined) fields.push('webhook', JSON.stringify(job.webhook));
  if (job.replayOf !== undefined) fields.push('replay_of', job.replayOf);
  if (job.reply !== undefined) fields.push('reply', job.reply);
  if (job.trace !== undefined) fields.push('trace', job.trace);
  return fields;
}
