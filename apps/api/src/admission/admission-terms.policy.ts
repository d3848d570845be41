import type { PriceConfig, RateConfig, TierConfig } from '#common/config/config-file.js';
import type { GenerationTask, Priority } from '#common/contracts/generation.js';
import { costUsd, NANO_PER_USD } from '#common/contracts/price.js';
import { ANONYMOUS_TIER } from '#common/contracts/tier.js';
import type { Identity } from '../identity/identity.js';

/** Every rule that an admission decides. `key_budget` is followed by `:<id of the key>` where it counts. */
export const RULES = ['requests', 'tokens', 'concurrent', 'queued', 'budget', 'key_budget'] as const;
/** Those that count something that can be forgotten; jobs that are held are not. */
export const RESETTABLE = ['requests', 'tokens', 'budget', 'key_budget'] as const;

const MINUTE_US = 60_000_000;
const DAY_US = 24 * 60 * MINUTE_US;

/** What a job is expected to use: tokens of input and output together, and what they cost. */
export interface Demand {
  readonly tokens: number;
  /** Billionths of a dollar; 0 when the model has no price. */
  readonly nanoUsd: number;
}

/** One rule as rules.lua reads it. `window` is in microseconds; `floor` is the least factor that may reduce the limit. */
export interface RuleTerm {
  readonly name: string;
  readonly strategy: RateConfig['strategy'];
  readonly cost: number;
  readonly limit: number;
  readonly window: number;
  readonly burst: number;
  readonly floor: number;
  readonly shadow: boolean;
}

/** A limit on what is held at once (the strategy `concurrency`). */
export interface LeaseTerm {
  readonly name: 'concurrent' | 'queued';
  readonly max: number;
  readonly shadow: boolean;
}

/** All that counts for one job. */
export interface CountedTerms {
  readonly rules: readonly RuleTerm[];
  readonly leases: readonly LeaseTerm[];
}

/**
 * What does not count for a job. `rates`: a line of a batch, which is no request of its own and waits its turn; budgets and
 * leases hold. `all`: an operator's replay, which is not the tenant's doing.
 */
export type Waiver = 'rates' | 'all';

/** A caller's tier; a key whose tier is no longer configured counts as anonymous. */
export function tierOf(
  tiers: Readonly<Record<string, TierConfig>>,
  { tier }: Pick<Identity, 'tier'>,
): TierConfig {
  const found = tiers[tier] ?? tiers[ANONYMOUS_TIER];
  if (found === undefined) throw new Error(`tier ${tier} is not configured`);
  return found;
}

export function demandOf(task: GenerationTask, price: PriceConfig | null): Demand {
  const { input_tokens, max_tokens } = task;
  const usage = { input_tokens, output_tokens: max_tokens };
  return {
    tokens: input_tokens + max_tokens,
    nanoUsd: price === null ? 0 : Math.round(costUsd(price, usage) * NANO_PER_USD),
  };
}

/** The rules that count for a caller, with what this demand would spend in each. */
export function ruleTerms(
  { keyBudget }: Pick<Identity, 'keyBudget'>,
  tier: TierConfig,
  demand: Demand,
): RuleTerm[] {
  const rate = (name: string, config: RateConfig | undefined, cost: number): RuleTerm[] =>
    config === undefined
      ? []
      : [
          {
            name,
            strategy: config.strategy,
            cost,
            limit: config.per_minute,
            window: MINUTE_US,
            burst: config.burst ?? config.per_minute,
            floor: tier.adaptive_floor,
            shadow: config.shadow,
          },
        ];
  const budget = (name: string, usdPerDay: number, shadow: boolean): RuleTerm => {
    const limit = Math.round(usdPerDay * NANO_PER_USD);
    // A price does not change with the health of a backend, so nothing adapts a budget.
    const fixed = { strategy: 'fixed_window', window: DAY_US, floor: 1 } as const;
    return { name, ...fixed, cost: demand.nanoUsd, limit, burst: limit, shadow };
  };
  return [
    ...rate('requests', tier.requests, demand.tokens === 0 ? 0 : 1),
    ...rate('tokens', tier.tokens, demand.tokens),
    ...(tier.budget === undefined ? [] : [budget('budget', tier.budget.usd_per_day, tier.budget.shadow)]),
    ...(keyBudget === null ? [] : [budget(`key_budget:${keyBudget.keyId}`, keyBudget.usdPerDay, false)]),
  ];
}

export function leaseTerms(tier: TierConfig): LeaseTerm[] {
  const { concurrent, queued } = tier;
  const terms: LeaseTerm[] = [];
  if (concurrent !== undefined) terms.push({ name: 'concurrent', ...concurrent });
  if (queued !== undefined) terms.push({ name: 'queued', ...queued });
  return terms;
}

/** The terms without those that do not count for this job. */
export function waiving({ rules, leases }: CountedTerms, waives: Waiver | undefined): CountedTerms {
  switch (waives) {
    case undefined:
      return { rules, leases };
    case 'rates':
      return { rules: rules.filter(({ name }) => name !== 'requests' && name !== 'tokens'), leases };
    case 'all':
      return { rules: [], leases: [] };
  }
}

/** The most tokens that one request may ever ask for; null when nothing bounds it. */
export function requestTokensMax(tier: TierConfig): number | null {
  const { tokens } = tier;
  const bounds = [
    ...(tier.request_tokens_max === undefined ? [] : [tier.request_tokens_max]),
    ...(tokens === undefined || tokens.shadow ? [] : [Math.floor(tokens.burst ?? tokens.per_minute)]),
  ];
  return bounds.length === 0 ? null : Math.min(...bounds);
}

const HEADROOM_STEP = 0.1;
const HEADROOM_MIN = 0.5;

/**
 * The part of a pool's queue and of a deadline's patience that a tier may use: the tier with the greatest share all of
 * it, each one below a tenth less. So the lowest tier is the first that an overloaded pool refuses.
 */
export function headroomOf(tier: TierConfig, tiers: Readonly<Record<string, TierConfig>>): number {
  const greater = new Set(
    Object.values(tiers)
      .map(({ share }) => share)
      .filter((share) => share > tier.share),
  );
  return Math.max(HEADROOM_MIN, 1 - HEADROOM_STEP * greater.size);
}

/** The mean service of a pool says little of one job, so that it never takes more than this from a deadline. */
const OWN_SERVICE_MAX = 0.75;

/**
 * The longest wait with which a job can still end by its deadline, in milliseconds: the tier's part of the deadline, and no
 * more than what its own service is likely to leave of it.
 */
export function patienceOf(deadlineMs: number, headroom: number, serviceMs: number): number {
  const left = deadlineMs - Math.min(serviceMs, deadlineMs * OWN_SERVICE_MAX);
  return Math.floor(Math.min(deadlineMs * headroom, left));
}

/** Low work is for whenever there is room: it gets a quarter of its tenant's share beside other tenants' work. */
const LOW_SHARE = 0.25;

/** The weight of a tenant's flow of one priority in the fair queue. */
export const shareOf = (tier: TierConfig, priority: Priority): number =>
  priority === 'low' ? tier.share * LOW_SHARE : tier.share;
