import { expect } from '@jest/globals';
import type { Redis } from 'ioredis';
import {
  AdmissionLedger,
  type AdmissionRequest,
  type AdmissionTerms,
} from '../../apps/api/src/admission/admission.ledger.js';
import type { LeaseTerm, RuleTerm } from '../../apps/api/src/admission/admission-terms.policy.js';
import { LimitsReader } from '../../apps/api/src/admission/limits.reader.js';
import { ClaimsLedger } from '../../apps/worker/src/generation/claims.ledger.js';
import { NANO_PER_USD } from '../../libs/common/src/contracts/price.js';
import { type Ending, type JobRef, Settlement } from '../../libs/common/src/settlement/settlement.js';
import { admissionRequest, AGES_US, ALICE, ROOMY, rule } from './admission.js';

const RETENTION_MS = 60_000;

/** A thousand tokens for ages, of which a job reserves 100. */
export const tokens = (changes: Partial<RuleTerm> = {}): RuleTerm =>
  rule({ name: 'tokens', cost: 100, limit: 1_000, burst: 1_000, window: AGES_US, ...changes });

/** So many dollars for ages, of which a job reserves some. */
export const budget = (usd: number, costUsd: number): RuleTerm =>
  rule({
    name: 'budget',
    strategy: 'fixed_window',
    cost: Math.round(costUsd * NANO_PER_USD),
    limit: usd * NANO_PER_USD,
    window: AGES_US,
  });

export const lease = (name: LeaseTerm['name'], max: number, shadow = false): LeaseTerm => ({
  name,
  max,
  shadow,
});

export const terms = (rules: readonly RuleTerm[], leases: readonly LeaseTerm[] = []): AdmissionTerms => ({
  ...ROOMY,
  rules,
  leases,
});

/** How a job ends that has used so many tokens. */
export const used = (count: number, costUsd?: number): Ending => ({
  status: 'completed',
  outcome: {
    attempts: 1,
    usage: { input_tokens: 0, output_tokens: count },
    ...(costUsd === undefined ? {} : { cost_usd: costUsd }),
  },
});

/** The life of a limited tenant's jobs, over the real ledgers. */
export function limitedBy(redis: Redis) {
  const ledger = new AdmissionLedger(redis, RETENTION_MS);
  const settlement = new Settlement(redis, RETENTION_MS);
  const claims = new ClaimsLedger(redis, 'worker-1');
  const reader = new LimitsReader(redis);
  return {
    ask: (asked: AdmissionTerms, changes: Partial<AdmissionRequest> = {}) =>
      ledger.admit(admissionRequest(changes), asked),
    admitted: async (asked: AdmissionTerms, changes: Partial<AdmissionRequest> = {}): Promise<JobRef> => {
      const job = admissionRequest(changes);
      expect(await ledger.admit(job, asked)).toMatchObject({ kind: 'admitted' });
      return { id: job.id, tenant: job.caller.tenant, pool: job.pool };
    },
    begin: async (job: JobRef) => expect(await claims.begin(job)).toMatchObject({ kind: 'begun' }),
    settle: (job: JobRef, ending: Ending) => settlement.settle(job, ending),
    /** What remains to Alice in each rule. */
    left: async (rules: readonly RuleTerm[]): Promise<Record<string, number>> => {
      const read = await reader.read(ALICE.tenant, { rules, leases: [] });
      return Object.fromEntries(Object.entries(read).map(([name, [remaining]]) => [name, remaining]));
    },
  };
}
