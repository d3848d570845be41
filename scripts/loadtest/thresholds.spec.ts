import { describe, expect, it } from '@jest/globals';
import type { Answer, Outcome } from './answer.js';
import { ANONYMOUS } from './callers.js';
import { Figures } from './figures.js';
import { isMet, thresholdFrom } from './thresholds.js';

const REQUEST = { caller: ANONYMOUS, userId: 'u', model: 'm', prompt: 'p', maxTokens: 1 };
const OK: Outcome = { kind: 'generated', status: '200', workerId: 'w', backendId: 'b', outputTokens: 11 };
const LIMITED: Outcome = { kind: 'failed', status: '429', code: '429 rate_limit_exceeded' };

const answer = (latencyMs: number, outcome: Outcome = OK, firstTokenMs: number | null = null): Answer => ({
  request: REQUEST,
  dueAt: 1_000,
  sentAt: 1_000,
  endedAt: 1_000 + latencyMs,
  firstTokenAt: firstTokenMs === null ? null : 1_000 + firstTokenMs,
  gapsMs: firstTokenMs === null ? [] : [10, 20],
  outcome,
});

/** Ten due: eight answered well, of which six within a second, one refused, one dropped. */
function measured(): Figures {
  const figures = new Figures({ withinMs: 1_000, firstTokenMs: null });
  figures.due = 10;
  figures.dropped = 1;
  for (const ms of [100, 200, 300, 400, 500, 600, 2_000, 3_000]) figures.take(answer(ms, OK, 50));
  figures.take(answer(5, LIMITED));
  return figures;
}

const read = (text: string): number | null => thresholdFrom(text, { isStreamed: true }).read(measured(), 4);

describe('thresholdFrom', () => {
  it.each([
    ['p50<2s', 400],
    ['p95 <= 1m30s', 3_000],
    ['p99.9<1s', 3_000],
    ['max<1s', 3_000],
    ['avg<1s', 887.5],
    ['min>1ms', 100],
    ['ttft.p95<500ms', 50],
    ['gap.max<1s', 20],
    ['errors<1%', (1 / 9) * 100],
    ['errors<1', 1],
    ['dropped<=5%', 10],
    ['dropped<=0', 1],
    ['goodput>=90%', 60],
    ['goodput>=1/s', 1.5],
    ['rate>=1/s', 2],
    ['tokens>=10/s', 22],
    ['requests>=10', 10],
  ])('%s reads its figure', (text, value) => {
    const figure = read(text) ?? Number.NaN;
    // Percentiles come from a histogram.
    expect(Math.abs(figure - value)).toBeLessThanOrEqual(value * 0.005 + 1e-9);
  });

  it('holds as its operator says', () => {
    const at = (text: string, value: number | null) =>
      isMet(thresholdFrom(text, { isStreamed: false }), value);
    expect([at('p95<2s', 1_999), at('p95<2s', 2_000), at('p95<=2s', 2_000)]).toEqual([true, false, true]);
    expect([at('rate>5/s', 5), at('rate>=5/s', 5)]).toEqual([false, true]);
  });

  it('is missed where nothing was measured: unknown is not zero', () => {
    const errors = thresholdFrom('errors<=0%', { isStreamed: false });
    const value = errors.read(new Figures({ withinMs: null, firstTokenMs: null }), 4);
    expect([value, isMet(errors, value)]).toEqual([null, false]);
  });

  it('may be about a tenant, a tier or a model', () => {
    expect(thresholdFrom('p95{tier=premium}<1s', { isStreamed: false })).toMatchObject({
      of: { dimension: 'tier', name: 'premium' },
      bound: 1_000,
    });
  });

  it.each([
    ['p95', 'a threshold is FIGURE<BOUND'],
    ['p95=2s', 'a threshold is FIGURE<BOUND'],
    ['p101<2s', 'there is no figure "p101"'],
    ['latency<2s', 'Figures are pN'],
    ['constructor<2s', 'there is no figure'],
    ['p95<2', 'p95 is a time'],
    ['p95<2%', 'p95 is a time'],
    ['errors<2s', 'a share in % or a plain number'],
    ['rate>5', 'a rate in /s'],
    ['p95<2days', '2days is no quantity'],
    ['ttft.p95<2s', 'needs --stream'],
    ['p95{user=ada}<2s', 'a threshold is FIGURE<BOUND'],
  ])('refuses %s and says why', (text, part) => {
    expect(() => thresholdFrom(text, { isStreamed: false })).toThrow(part);
  });
});
