import type { AdmissionRequest, AdmissionTerms } from '../../apps/api/src/admission/admission.ledger.js';
import type { RuleTerm } from '../../apps/api/src/admission/admission-terms.policy.js';
import { digest } from '../../libs/common/src/contracts/digest.js';
import { mintJobId } from '../../libs/common/src/contracts/ids.js';
import { queueName } from '../../libs/common/src/queue/generation-queue.js';
import { KEY_PREFIX } from '../../libs/common/src/redis/keys.js';

/** A caller that calls itself by a user id. */
export const callerCalled = (name: string): AdmissionRequest['caller'] => ({
  kind: 'user',
  clientId: `user:${name}`,
  tenant: digest(`user:${name}`),
  tier: 'anonymous',
});

export const ALICE = callerCalled('alice');
export const BOB = callerCalled('bob');

/** BullMQ's key of a pool's waiting jobs. */
export const prioritizedKey = (pool: string): string => `${KEY_PREFIX}:${queueName(pool)}:prioritized`;

/** A job that Alice asks for. */
export function admissionRequest(changes: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const pool = changes.pool ?? 'default';
  return {
    id: mintJobId(),
    caller: ALICE,
    requestId: 'req_1',
    pool,
    prioritizedKey: prioritizedKey(pool),
    model: 'sim-fast',
    isStreamed: false,
    priority: 'normal',
    metadata: undefined,
    deadlineMs: 600_000,
    reply: undefined,
    idempotency: undefined,
    ...changes,
  };
}

/** Terms that refuse nothing. */
export const ROOMY: AdmissionTerms = {
  rules: [],
  leases: [],
  poolQueuedMax: 1_000_000,
  patienceMs: 600_000,
  share: 1,
  cost: 1,
  pace: null,
};

/** One rule: by default 60 a minute from a bucket of 10, one at a time. */
export const rule = (changes: Partial<RuleTerm> = {}): RuleTerm => ({
  name: 'requests',
  strategy: 'token_bucket',
  cost: 1,
  limit: 60,
  window: 60_000_000,
  burst: 10,
  floor: 1,
  shadow: false,
  ...changes,
});

/** So long a window that time gives nothing back while a test runs. */
export const AGES_US = 1_000 * 24 * 3_600_000_000;

const STRATEGIES = {
  requests: 'token_bucket',
  tokens: 'sliding_window',
  budget: 'fixed_window',
  'key_budget:k1': 'fixed_window',
} as const;

/** All that a job can spend in, one of each of them; each has 1,000 for ages, unless another limit is given by its name. */
export const spendingRules = (limits: Readonly<Record<string, number>> = {}): RuleTerm[] =>
  Object.entries(STRATEGIES).map(([name, strategy]) => {
    const limit = limits[name] ?? 1_000;
    return rule({ name, strategy, limit, burst: limit, window: AGES_US });
  });
