import type { ConfigFile, TierConfig } from '#common/config/config-file.js';
import type { GenerationTask, Priority } from '#common/contracts/generation.js';
import { bestFit } from '#common/contracts/model-pattern.js';
import { priceOf } from '#common/contracts/price.js';
import type { WebhookTarget } from '#common/contracts/webhook.js';
import { Refusal } from '#common/errors/refusal.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import type { PoolPaces } from '../jobs/pool-paces.js';
import type { Admission } from './admission-answer.js';
import type { AdmissionLedger, Idempotency } from './admission.ledger.js';
import { refusalOf } from './admission-refusal.js';
import {
  type CountedTerms,
  type Demand,
  demandOf,
  headroomOf,
  leaseTerms,
  patienceOf,
  requestTokensMax,
  RULES,
  ruleTerms,
  shareOf,
  tierOf,
  type Waiver,
  waiving,
} from './admission-terms.policy.js';
import type { FairRebase } from './fair-rebase.js';
import { CALLER_KINDS, type Identity } from '../identity/identity.js';
import { limitHeaders } from './limit-headers.js';

export interface Submission {
  readonly id: string;
  readonly caller: Identity;
  readonly requestId: string;
  readonly task: GenerationTask;
  readonly priority: Priority;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly deadlineMs: number;
  readonly reply: string | undefined;
  readonly idempotency: Idempotency | undefined;
  /** Where its end is told; absent: wherever its tenant is told. */
  readonly webhook?: WebhookTarget | undefined;
  readonly waives?: Waiver;
  /** The dead job whose task it does again. */
  readonly replayOf?: string;
  /** The span of the request, as W3C's traceparent. */
  readonly trace?: string | undefined;
}

export interface Admitted {
  /** What BullMQ sorts by; 1 is first. */
  readonly priority: number;
  readonly position: number;
  readonly waitMs: number | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** `replayed`: the request came before under its idempotency key; nothing was spent. */
export type Entry =
  | { readonly kind: 'admitted'; readonly admitted: Admitted }
  | { readonly kind: 'replayed'; readonly replayed: Admission & { kind: 'replayed' } };

export interface AdmitJobParts {
  readonly limits: Pick<ConfigFile, 'pools' | 'tiers' | 'prices'>;
  readonly ledger: AdmissionLedger;
  readonly queues: PoolQueues;
  readonly paces: PoolPaces;
  readonly rebase: FairRebase;
  readonly metrics: Metrics;
}

/** Decides who may enter: puts the caller's terms together and has Redis decide on them in one step. */
export class AdmitJob {
  constructor(private readonly parts: AdmitJobParts) {
    const { metrics } = parts;
    metrics.counter('sluice_idempotent_replays_total').inc(0);
    for (const rule of RULES) metrics.counter('sluice_rate_limit_shadow_hits_total').inc({ rule }, 0);
    for (const identifier_type of CALLER_KINDS)
      metrics.counter('llm_rate_limit_hits_total').inc({ identifier_type }, 0);
  }

  /** @throws Refusal for whoever may not enter; then nothing was written. What Redis throws when it is away. */
  async execute(submission: Submission, pool: string): Promise<Entry> {
    const { limits, ledger, queues, paces } = this.parts;
    const { caller, task, priority, waives } = submission;
    const tier = tierOf(limits.tiers, caller);
    const { queued_max, fair_cost } = limits.pools[pool] ?? missing(pool);
    const demand = demandOf(task, priceOf(limits.prices, task.model));
    refuseForeignModel(caller, task.model);
    if (waives !== 'all') refuseOversized(tier, demand);
    const counted = waiving({ rules: ruleTerms(caller, tier, demand), leases: leaseTerms(tier) }, waives);
    const headroom = headroomOf(tier, limits.tiers);
    const pace = paces.of(pool);
    const admission = await ledger.admit(
      {
        ...submission,
        pool,
        model: task.model,
        isStreamed: task.is_streamed,
        prioritizedKey: queues.prioritizedKey(pool),
      },
      {
        ...counted,
        poolQueuedMax: Math.ceil(queued_max * headroom),
        patienceMs: patienceOf(submission.deadlineMs, headroom, pace?.serviceMs ?? 0),
        share: shareOf(tier, priority),
        cost: fair_cost === 'jobs' ? 1 : demand.tokens / 1_000,
        pace,
      },
    );
    return this.entry(admission, { caller, pool, counted });
  }

  private entry(
    admission: Admission,
    { caller, pool, counted }: { caller: Identity; pool: string; counted: CountedTerms },
  ): Entry {
    const { metrics, rebase } = this.parts;
    this.countShadows(admission);
    switch (admission.kind) {
      case 'replayed':
        metrics.counter('sluice_idempotent_replays_total').inc();
        return { kind: 'replayed', replayed: admission };
      case 'admitted': {
        if (admission.is_rebase_due) rebase.start(pool);
        const { priority, position, wait_ms: waitMs, limits } = admission;
        const headers = limitHeaders(counted, limits);
        return { kind: 'admitted', admitted: { priority, position, waitMs, headers } };
      }
      default: {
        const refusal = refusalOf(admission, counted);
        const rule = admission.kind === 'refused' ? admission.rule.split(':')[0] : undefined;
        metrics.counter('sluice_admissions_total').inc({ pool, decision: rule ?? refusal.code });
        if (admission.kind === 'refused')
          metrics.counter('llm_rate_limit_hits_total').inc({ identifier_type: caller.kind });
        throw refusal;
      }
    }
  }

  private countShadows(admission: Admission): void {
    if (!('shadowed' in admission)) return;
    for (const rule of admission.shadowed)
      this.parts.metrics.counter('sluice_rate_limit_shadow_hits_total').inc({ rule });
  }
}

function refuseForeignModel({ models }: Identity, model: string): void {
  if (models.length === 0 || bestFit(models, model) !== null) return;
  throw new Refusal('model_not_allowed', {
    param: 'model',
    message: 'This API key may not use this model. Choose another model or another key.',
  });
}

function refuseOversized(tier: TierConfig, { tokens }: Demand): void {
  const most = requestTokensMax(tier);
  if (most === null || tokens <= most) return;
  throw new Refusal('request_exceeds_token_limit', {
    param: 'max_tokens',
    message: `The request needs about ${tokens} tokens, input and max_tokens together; your tier allows ${most} in one request. Shorten the prompt or lower max_tokens.`,
  });
}

function missing(name: string): never {
  throw new Error(`pool ${name} is not configured`);
}
