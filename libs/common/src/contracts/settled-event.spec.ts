import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ZodError } from 'zod';
import { settledEvent, type SettledEvent } from './settled-event.js';

const moments = fc.integer({ min: 0, max: 8_640_000_000_000_000 });
const filled = fc.string({ minLength: 1 });
const events = fc.record<SettledEvent>({
  job_id: filled,
  status: fc.constantFrom('completed', 'failed', 'cancelled', 'expired'),
  tenant: filled,
  client_id: filled,
  request_id: filled,
  pool: filled,
  model: filled,
  worker_id: fc.option(filled),
  created_ms: moments,
  started_ms: fc.option(moments),
  settled_ms: moments,
  outcome: fc.record(
    {
      attempts: fc.nat(),
      finish_reason: fc.string(),
      usage: fc.record({ input_tokens: fc.nat(), output_tokens: fc.nat() }),
      backend_id: fc.string(),
      processing_ms: fc.nat(),
      error_code: fc.constantFrom('backend_refused', 'deadline_exceeded'),
    },
    { requiredKeys: ['attempts'] },
  ),
  webhook: fc.option(
    fc.oneof(
      fc.record({ url: fc.string() }),
      fc.record({ endpoint_id: fc.string() }),
      fc.constant({ nobody: true as const }),
    ),
  ),
});

/** What settle.lua appends: every value is text, and what there is not is empty. */
const asAppended = (event: SettledEvent): Record<string, string> =>
  Object.fromEntries(
    Object.entries(event).map(([name, value]) => [
      name,
      typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? ''),
    ]),
  );

const appended = {
  job_id: 'job_1',
  status: 'cancelled',
  tenant: 't',
  client_id: 'ip:::1',
  request_id: 'req_1',
  pool: 'default',
  model: 'sim-fast',
  worker_id: '',
  created_ms: '1790000000000',
  started_ms: '',
  settled_ms: '1790000000250',
  outcome: '{"attempts":0}',
};

describe('settledEvent', () => {
  it('reads back what settle.lua appended, whatever it is', () => {
    fc.assert(
      fc.property(events, (event) => {
        expect(settledEvent.parse(asAppended(event))).toEqual(event);
      }),
    );
  });

  it('reads a job that nobody began as one without worker and start, not as one begun in 1970', () => {
    expect(settledEvent.parse(appended)).toMatchObject({ worker_id: null, started_ms: null });
  });

  it.each([
    ['status', 'running'],
    ['status', 'queued'],
    ['created_ms', 'yesterday'],
    ['started_ms', 'soon'],
    ['settled_ms', '1.5'],
    ['outcome', '{"attempts":-1}'],
    ['webhook', '{}'],
    ['outcome', '{}'],
    ['outcome', '{"attempts":0,"error_code":"bad_luck"}'],
  ])('refuses an entry whose %s is %s', (name, value) => {
    expect(settledEvent.safeParse(appended).success).toBe(true);
    expect(() => settledEvent.parse({ ...appended, [name]: value })).toThrow(ZodError);
  });

  it.each(Object.keys(appended))('refuses an entry without %s', (name) => {
    const rest = Object.fromEntries(Object.entries(appended).filter(([other]) => other !== name));
    expect(settledEvent.safeParse(rest).success).toBe(false);
  });
});
