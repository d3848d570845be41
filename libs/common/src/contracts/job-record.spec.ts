import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ZodError } from 'zod';
import { type JobRecord, jobRecord } from './job-record.js';
import { JOB_STATUSES } from './job-status.js';

/** What HGETALL gives right after admit.lua. */
const admitted = {
  id: 'job_1',
  tenant: 'e3b0c442',
  client_id: 'user:ada',
  request_id: 'req_1',
  pool: 'default',
  model: 'sim-fast',
  priority: 'normal',
  status: 'queued',
  created_ms: '1790000000000',
  deadline_ms: '1790000060000',
};

const moments = fc.integer({ min: 0, max: 8_640_000_000_000_000 });
const records = fc.record<JobRecord>(
  {
    id: fc.string(),
    tenant: fc.string(),
    client_id: fc.string(),
    request_id: fc.string(),
    pool: fc.string(),
    model: fc.string(),
    priority: fc.constantFrom('high', 'normal', 'low'),
    status: fc.constantFrom(...JOB_STATUSES),
    metadata: fc.dictionary(fc.string(), fc.string()).map((pairs) => JSON.stringify(pairs)),
    created_ms: moments,
    deadline_ms: moments,
    started_ms: moments,
    worker_id: fc.string(),
    deliveries: fc.nat(),
    settled_ms: moments,
    outcome: fc.record({ attempts: fc.nat(), text: fc.string() }),
  },
  {
    requiredKeys: [
      ...(['id', 'tenant', 'client_id', 'request_id', 'pool', 'model', 'priority', 'status'] as const),
      ...(['created_ms', 'deadline_ms', 'deliveries'] as const),
    ],
  },
);

const asKept = (record: Partial<JobRecord>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );

describe('jobRecord', () => {
  it('reads back what the scripts wrote, whatever it is', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(jobRecord.parse(asKept(record))).toEqual(record);
      }),
    );
  });

  it('reads a job that nobody began as delivered never, without start, worker or end', () => {
    expect(jobRecord.parse(admitted)).toEqual({
      ...admitted,
      created_ms: 1_790_000_000_000,
      deadline_ms: 1_790_000_060_000,
      deliveries: 0,
    });
  });

  it('shows no field that is nobody’s business, such as who waits', () => {
    expect(jobRecord.parse({ ...admitted, reply: '{sluice}:wake:api-1' })).not.toHaveProperty('reply');
  });

  it.each([
    ['status', 'paused'],
    ['priority', 'urgent'],
    ['created_ms', 'x'],
    ['deadline_ms', '1.5'],
    ['deliveries', 'twice'],
    ['outcome', '{"attempts":"many"}'],
  ])('refuses a record whose %s is %s', (name, value) => {
    expect(() => jobRecord.parse({ ...admitted, [name]: value })).toThrow(ZodError);
  });

  it.each(Object.keys(admitted))('refuses a record without %s', (name) => {
    const rest = Object.fromEntries(Object.entries(admitted).filter(([other]) => other !== name));
    expect(jobRecord.safeParse(rest).success).toBe(false);
  });
});
