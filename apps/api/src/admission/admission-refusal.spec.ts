import { describe, expect, it } from '@jest/globals';
import { rule } from '../../../../test/support/admission.js';
import { refusalOf } from './admission-refusal.js';
import { RULES } from './admission-terms.policy.js';

const counted = { rules: [rule()], leases: [] };
const HEADERS = { ratelimit: '"requests";r=0;t=3' };
const limits: Record<string, [number, number]> = { requests: [0, 2_500] };
const refused = (name: string, retry_ms: number) =>
  refusalOf({ kind: 'refused', rule: name, retry_ms, limits, shadowed: [] }, counted);

describe('refusalOf', () => {
  it.each([
    { name: 'requests', retryMs: 2_500, code: 'rate_limit_exceeded', seconds: 2.5 },
    { name: 'tokens', retryMs: 1, code: 'rate_limit_exceeded', seconds: 0.001 },
    { name: 'concurrent', retryMs: 0, code: 'rate_limit_exceeded', seconds: 1 },
    { name: 'queued', retryMs: 0, code: 'rate_limit_exceeded', seconds: 1 },
    { name: 'budget', retryMs: 3_600_000, code: 'insufficient_quota', seconds: 3_600 },
    { name: 'key_budget:k1', retryMs: 3_600_000, code: 'insufficient_quota', seconds: 3_600 },
  ])('by $name is $code, to be tried again in $seconds s, with what is left', (row) => {
    const { code, message, detail } = refused(row.name, row.retryMs);
    expect(code).toBe(row.code);
    expect(detail).toMatchObject({ retryAfterSeconds: row.seconds, headers: HEADERS });
    expect(message).toMatch(/^Rule [a-z_]+: (you|this key) .+\.$/);
    expect(message).not.toContain('k1');
  });

  it('names each rule there is in a sentence of its own', () => {
    const messages = RULES.map((name) => refused(name, 1).message);
    expect(new Set(messages.map((message) => message.replace(/^Rule \w+: /, ''))).size).toBe(RULES.length);
    for (const [at, message] of messages.entries()) expect(message).toContain(`Rule ${String(RULES[at])}:`);
  });

  it.each([
    { retryMs: 12_345, seconds: 12.345 },
    { retryMs: 5, seconds: 1 },
  ])('of an overloaded pool says the wait and comes back in $seconds s', ({ retryMs, seconds }) => {
    const refusal = refusalOf({ kind: 'overloaded', wait_ms: 61_001, retry_ms: retryMs, limits }, counted);
    expect(refusal).toMatchObject({
      code: 'overloaded',
      detail: { retryAfterSeconds: seconds, headers: HEADERS },
    });
    expect(refusal.message).toContain('about 62 s');
  });

  it.each([
    { kind: 'queue_full', code: 'queue_full', detail: { retryAfterSeconds: 5 } },
    { kind: 'reused', code: 'idempotency_key_reused', detail: {} },
  ] as const)('of $kind is $code, and shows no limits', ({ kind, code, detail }) => {
    expect(refusalOf({ kind }, counted)).toMatchObject({ code });
    expect(refusalOf({ kind }, counted).detail).toEqual(detail);
  });
});
