import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Outcome } from './outcome.js';
import { wakeUp, type WakeUp, workerControl } from './wake-up.js';

const moments = fc.integer({ min: 0, max: 8_640_000_000_000_000 });
const outcomes: fc.Arbitrary<Outcome> = fc.record(
  { attempts: fc.nat(), text: fc.string({ unit: 'binary' }), finish_reason: fc.string() },
  { requiredKeys: ['attempts'] },
);
const wakeUps = fc.record<WakeUp>({
  id: fc.uuid().map((uuid) => `job_${uuid}`),
  status: fc.constantFrom('completed', 'failed', 'cancelled', 'expired'),
  created_ms: moments,
  started_ms: fc.option(moments),
  settled_ms: moments,
  worker_id: fc.option(fc.stringMatching(/^worker-[0-9a-f]{10}$/)),
  outcome: fc.option(outcomes),
});

/** The line that settle.lua puts together by hand. */
function published({ id, status, created_ms, started_ms, settled_ms, worker_id, outcome }: WakeUp): string {
  const worker = worker_id === null ? 'null' : `"${worker_id}"`;
  return (
    `{"id":"${id}","status":"${status}","created_ms":${created_ms},"started_ms":${started_ms ?? 'null'},` +
    `"settled_ms":${settled_ms},"worker_id":${worker},"outcome":${JSON.stringify(outcome)}}`
  );
}

describe('wakeUp', () => {
  it('reads back what settle.lua published, whatever was generated', () => {
    fc.assert(
      fc.property(wakeUps, (told) => {
        expect(wakeUp.parse(JSON.parse(published(told)))).toEqual(told);
      }),
    );
  });

  it.each(['queued', 'running', 'done'])('tells of no end that is none: %s', (status) => {
    const told = { id: 'j', created_ms: 1, started_ms: null, settled_ms: 2, worker_id: null, outcome: null };
    expect(wakeUp.safeParse({ ...told, status: 'expired' }).success).toBe(true);
    expect(wakeUp.safeParse({ ...told, status }).success).toBe(false);
  });

  it('says that an outcome was left out rather than leaving it away', () => {
    const told = {
      id: 'j',
      status: 'failed',
      created_ms: 1,
      started_ms: null,
      settled_ms: 2,
      worker_id: null,
    };
    expect(wakeUp.safeParse(told).success).toBe(false);
    expect(wakeUp.parse({ ...told, outcome: null }).outcome).toBeNull();
  });
});

describe('workerControl', () => {
  it('orders a worker to abandon one job, and nothing else', () => {
    expect(workerControl.parse(JSON.parse('{"kind":"abandon","job_id":"job_1"}'))).toEqual({
      kind: 'abandon',
      job_id: 'job_1',
    });
    expect(workerControl.safeParse({ kind: 'abandon' }).success).toBe(false);
    expect(workerControl.safeParse({ kind: 'exit', job_id: 'job_1' }).success).toBe(false);
  });
});
