import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Plan, planAnswer } from './preference.policy.js';

const defaults = { syncWaitMs: 30_000, jobDeadlineMs: 600_000 };
type Asked = Parameters<typeof planAnswer>[0];
const nothing: Asked = { mode: undefined, timeout_ms: undefined };
const plan = (asked: Partial<Asked>, prefer?: string): Plan =>
  planAnswer({ ...nothing, ...asked }, prefer, defaults);

const sync = { mode: 'sync', waitMs: 30_000, deadlineMs: 600_000, applied: [] } as const;
const async = { mode: 'async', waitMs: 0, deadlineMs: 600_000, applied: [] } as const;
const stream = { mode: 'stream', waitMs: 600_000, deadlineMs: 600_000, applied: [] } as const;

const modes = fc.constantFrom(undefined, 'sync' as const, 'async' as const);
const timeouts = fc.option(fc.integer({ min: 1, max: 24 * 3_600_000 }), { nil: undefined });
const waits = fc.option(fc.nat({ max: 999_999 }));
const settings = fc.record({
  syncWaitMs: fc.integer({ min: 0, max: 600_000 }),
  jobDeadlineMs: fc.integer({ min: 1, max: 24 * 3_600_000 }),
});
const asked = fc.record({ mode: modes, timeout_ms: timeouts });
const headerOf = (isAsync: boolean, waitSeconds: number | null): string | undefined => {
  const parts = [
    ...(isAsync ? ['respond-async'] : []),
    ...(waitSeconds === null ? [] : [`wait=${waitSeconds}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
};

describe('planAnswer', () => {
  it.each<[Partial<Asked>, string | undefined, Plan]>([
    [{}, undefined, sync],
    [{ mode: 'sync' }, undefined, sync],
    [{ mode: 'async' }, undefined, async],
    [{ timeout_ms: 5_000 }, undefined, { ...sync, waitMs: 5_000 }],
    [{ mode: 'async', timeout_ms: 5_000 }, undefined, { ...async, deadlineMs: 5_000 }],
    [{}, 'respond-async', { ...async, applied: ['respond-async'] }],
    [{ timeout_ms: 5_000 }, 'respond-async', { ...async, deadlineMs: 5_000, applied: ['respond-async'] }],
    [{}, 'wait=5', { ...sync, waitMs: 5_000, applied: ['wait=5'] }],
    [{}, 'wait=0', { ...sync, waitMs: 0, applied: ['wait=0'] }],
    [{}, 'respond-async, wait=5', { ...async, applied: ['respond-async'] }],
    [{ mode: 'sync' }, 'wait=5', { ...sync, waitMs: 5_000, applied: ['wait=5'] }],
    [{ mode: 'sync' }, 'respond-async', sync],
    [{ mode: 'sync' }, 'respond-async, wait=5', { ...sync, waitMs: 5_000, applied: ['wait=5'] }],
    [{ mode: 'async' }, 'wait=5', async],
    [{ mode: 'async' }, 'respond-async', async],
    [{ timeout_ms: 7_000 }, 'wait=5', { ...sync, waitMs: 7_000 }],
    [{ stream: true }, undefined, stream],
    [{ stream: true }, 'wait=5', stream],
    [{ stream: true, timeout_ms: 5_000 }, undefined, { ...stream, waitMs: 5_000, deadlineMs: 5_000 }],
    [{ stream: true, mode: 'async' }, undefined, async],
    [{ stream: true }, 'respond-async', { ...async, applied: ['respond-async'] }],
  ])('of %j with Prefer: %s is %j', (body, prefer, planned) => {
    expect(plan(body, prefer)).toEqual(planned);
  });

  it('takes the body’s mode and time before the header’s, always', () => {
    fc.assert(
      fc.property(asked, fc.boolean(), waits, (body, isAsync, wait) => {
        const planned = plan(body, headerOf(isAsync, wait));
        expect(planned.mode).toBe(body.mode ?? (isAsync ? 'async' : 'sync'));
        fc.pre(body.timeout_ms !== undefined);
        expect(planned).toMatchObject(
          planned.mode === 'async'
            ? { deadlineMs: body.timeout_ms }
            : { waitMs: Math.min(body.timeout_ms, 600_000) },
        );
      }),
    );
  });

  it('never lets a job expire while its caller still waits, nor a synchronous one before its full deadline', () => {
    fc.assert(
      fc.property(asked, fc.boolean(), waits, settings, (body, isAsync, wait, configured) => {
        const { mode, waitMs, deadlineMs } = planAnswer(body, headerOf(isAsync, wait), configured);
        expect(deadlineMs).toBeGreaterThanOrEqual(waitMs);
        if (mode === 'sync') expect(deadlineMs).toBeGreaterThanOrEqual(configured.jobDeadlineMs);
      }),
    );
  });

  it('holds no connection open for more than ten minutes, and none for an asynchronous job', () => {
    fc.assert(
      fc.property(asked, fc.boolean(), waits, (body, isAsync, wait) => {
        const { mode, waitMs } = plan(body, headerOf(isAsync, wait));
        expect(waitMs).toBeLessThanOrEqual(mode === 'async' ? 0 : 600_000);
        expect(waitMs).toBeGreaterThanOrEqual(0);
      }),
    );
    expect(plan({}, 'wait=3600')).toMatchObject({ waitMs: 600_000, applied: ['wait=600'] });
    expect(plan({ timeout_ms: 3_600_000 })).toMatchObject({ waitMs: 600_000, applied: [] });
  });

  it('claims to have applied exactly those preferences that decided', () => {
    fc.assert(
      fc.property(asked, fc.boolean(), waits, (body, isAsync, wait) => {
        const { mode, waitMs, applied } = plan(body, headerOf(isAsync, wait));
        const isAsyncHonoured = body.mode === undefined && isAsync;
        const isWaitHonoured = mode === 'sync' && body.timeout_ms === undefined && wait !== null;
        expect(applied).toEqual([
          ...(isAsyncHonoured ? ['respond-async'] : []),
          ...(isWaitHonoured ? [`wait=${waitMs / 1_000}`] : []),
        ]);
      }),
    );
  });

  it.each([
    'Respond-Async',
    'wait=5;x=y, respond-async',
    'respond-async; foo="bar"',
    'return=minimal,respond-async',
  ])('reads respond-async as RFC 7240 writes it: %s', (prefer) => {
    expect(plan({}, prefer).mode).toBe('async');
  });

  it.each([
    'wait=5',
    'WAIT=5',
    'wait = 5',
    'wait="5"',
    'return=minimal, wait=5;foo',
    'wait=x, wait=5',
    'wait=5, wait=9',
  ])('reads wait as RFC 7240 writes it: %s', (prefer) => {
    expect(plan({}, prefer)).toMatchObject({ waitMs: 5_000, applied: ['wait=5'] });
  });

  it.each([
    '',
    ',',
    'wait',
    'wait=',
    'wait=-5',
    'wait=1.5',
    'wait=1e3',
    'wait=1234567',
    'await=5',
    'respond-asynchronously',
  ])('passes over a preference that it does not know: %j', (prefer) => {
    expect(plan({}, prefer)).toEqual(sync);
  });

  it('plans something for any header whatever', () => {
    fc.assert(
      fc.property(fc.string(), (prefer) => {
        expect(plan({ mode: 'sync', timeout_ms: 1_000 }, prefer)).toEqual({ ...sync, waitMs: 1_000 });
      }),
    );
  });
});
