import { NANO_PER_USD } from '#common/contracts/price.js';
import type { LimitsLeft } from '../admission/admission-answer.js';
import type { RuleTerm } from '../admission/admission-terms.policy.js';
import type { CountedTerms } from '../admission/admission-terms.policy.js';
import { RULES } from '../admission/admission-terms.policy.js';
import type { RateLimitsView } from './rate-limits.schema.js';

type RuleView = RateLimitsView['rules'][number];

/** The state of every rule of a tenant, in the units of the configuration. */
export function viewRules({ rules, leases }: CountedTerms, left: LimitsLeft): RuleView[] {
  return [
    ...rules.map((rule) => viewRate(rule, left[rule.name] ?? [0, 0])),
    ...leases.map(({ name, max, shadow }) => ({
      rule: name,
      strategy: 'concurrency' as const,
      limit: max,
      window_seconds: null,
      burst: null,
      remaining: left[name]?.[0] ?? 0,
      reset_seconds: 0,
      shadow,
    })),
  ];
}

function viewRate(rule: RuleTerm, [remaining, resetMs]: readonly [number, number]): RuleView {
  const [base = ''] = rule.name.split(':');
  const name = RULES.find((known) => known === base) ?? 'requests';
  const unit = name === 'budget' || name === 'key_budget' ? NANO_PER_USD : 1;
  return {
    rule: name,
    strategy: rule.strategy,
    limit: rule.limit / unit,
    window_seconds: rule.window / 1_000_000,
    burst: rule.strategy === 'token_bucket' ? rule.burst : null,
    remaining: remaining / unit,
    reset_seconds: Math.ceil(resetMs / 1_000),
    shadow: rule.shadow,
  };
}
