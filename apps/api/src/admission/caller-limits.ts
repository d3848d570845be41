import type { TierConfig } from '#common/config/config-file.js';
import type { Identity } from '../identity/identity.js';
import { type CountedTerms, leaseTerms, RESETTABLE, ruleTerms, tierOf } from './admission-terms.policy.js';
import { limitHeaders } from './limit-headers.js';
import type { LimitsReader } from './limits.reader.js';
import type { LimitsLeft } from './admission-answer.js';

const NOTHING = { tokens: 0, nanoUsd: 0 };

type Counted = Pick<Identity, 'tenant' | 'tier' | 'keyBudget'>;

/** What a caller has left of its limits, besides what an admission tells by itself. */
export class CallerLimits {
  constructor(
    private readonly reader: LimitsReader,
    private readonly tiers: Readonly<Record<string, TierConfig>>,
  ) {}

  async read(caller: Counted): Promise<{ counted: CountedTerms; left: LimitsLeft }> {
    const tier = tierOf(this.tiers, caller);
    const counted = { rules: ruleTerms(caller, tier, NOTHING), leases: leaseTerms(tier) };
    return { counted, left: await this.reader.read(caller.tenant, counted) };
  }

  /** The headers that tell it; none for a caller whom nothing limits, and none while Redis is away: no answer is lost for them. */
  async headers(caller: Counted): Promise<Record<string, string>> {
    try {
      const { counted, left } = await this.read(caller);
      return limitHeaders(counted, left);
    } catch {
      return {};
    }
  }

  /** Forgets what one rule has counted, or all of them. Jobs that are held are not forgotten. */
  async forget({ tenant, keyBudget }: Counted, only: (typeof RESETTABLE)[number] | null): Promise<void> {
    const rules = RESETTABLE.filter((rule) => only === null || rule === only).flatMap((rule) => {
      if (rule !== 'key_budget') return [rule];
      return keyBudget === null ? [] : [`${rule}:${keyBudget.keyId}`];
    });
    await this.reader.forget(tenant, rules);
  }
}
