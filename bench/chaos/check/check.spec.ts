import { describe, expect, it } from '@jest/globals';
import { textOf } from '../backend/answers.js';
import type { LedgerEntry, Told } from '../client/ledger.js';
import type { Evidence, StoredJob } from '../evidence/evidence.js';
import { check } from './check.js';
import { CALL, COMPLETED, delivery, entryOf, JOB, sending, TEXT, WELL } from './planted.js';

const found = (changes: Partial<Evidence>): string[] =>
  check({ ...WELL, ...changes }, { jobDeadlineMs: 25_000 }).map(({ verdict, what }) => `${verdict}: ${what}`);

const job = (changes: Partial<StoredJob>): Partial<Evidence> => ({ jobs: [{ ...JOB, ...changes }] });

describe('the checker', () => {
  it('finds nothing in a run in which all went well', () => {
    expect(found({})).toEqual([]);
  });

  it('finds nothing in a job that was answered late, delivered twice and told twice', () => {
    const again = { ...CALL, call: 2 };
    const repeated = entryOf([{ kind: 'unknown', jobId: null, because: 'ECONNRESET' }, COMPLETED]);
    expect(
      found({
        ...job({ deliveries: 2 }),
        entries: [repeated],
        calls: [CALL, again],
        deliveries: [delivery({ answered: 503 }), delivery(), delivery()],
      }),
    ).toEqual([]);
  });

  it('finds nothing in a job that was taken back, of which nobody was told', () => {
    const takenBack = { status: 'failed', text: null, errorCode: 'dependency_unavailable', attempts: 0 };
    const retried = entryOf([{ kind: 'refused', status: 503, code: 'dependency_unavailable' }, COMPLETED]);
    expect(
      found({
        entries: [retried],
        jobs: [JOB, { ...JOB, id: 'job_2', deliveries: 0, ...takenBack }],
        rows: [...WELL.rows, { jobId: 'job_2', status: 'failed' }],
        events: new Map([...WELL.events, ['job_2', 1]]),
      }),
    ).toEqual([]);
  });

  const failed = job({ status: 'failed', text: null, errorCode: 'internal_error' });
  const withdrawn = job({ status: 'failed', text: null, errorCode: 'dependency_unavailable' });
  const second = { ...JOB, id: 'job_2' };
  const other = textOf('mk-t-2', 1);
  const refused = (status: number, code: string): LedgerEntry => entryOf([{ kind: 'refused', status, code }]);
  const accepted: Told = { kind: 'accepted', jobId: 'job_1' };
  const cancelling = { mode: 'async', intent: { kind: 'cancel', afterMs: 1 } } as const;

  it.each<[planted: string, finding: string, changes: Partial<Evidence>]>([
    ['a lost job', 'lost: a job that its caller was told of is unknown', { jobs: [] }],
    ['a job for ever', 'lost: a job that its caller was told of never ended', job({ status: 'running' })],
    ['a job taken back', 'lost: a job that its caller was told of was taken back', withdrawn],
    [
      'a job taken back, and told',
      'unexpected: a delivery for a job that was taken back',
      job({ status: 'failed', text: null, errorCode: 'dependency_unavailable', attempts: 0 }),
    ],
    ['a lost row', 'lost: a settled job has no row', { rows: [] }],
    ['an untold end', 'lost: a job’s end was not told', { deliveries: [] }],
    ['only refused', 'lost: a job’s end was not told', { deliveries: [delivery({ answered: 503 })] }],
    ['two jobs', 'duplicated: a request made more than one job', { jobs: [JOB, second] }],
    [
      'two jobs told',
      'duplicated: a key stands for two jobs',
      { entries: [entryOf([COMPLETED, { ...COMPLETED, jobId: 'job_2' }])], jobs: [JOB, second] },
    ],
    ['two rows', 'duplicated: a job has more than one row', { rows: [...WELL.rows, ...WELL.rows] }],
    ['two settlements', 'duplicated: a job was settled more than once', { events: new Map([['job_1', 2]]) }],
    [
      'two ids',
      'duplicated: a job’s end has more than one webhook-id',
      { deliveries: [delivery(), delivery({ id: 'msg_2' })] },
    ],
    ['a failure of ours', 'unexpected: a job failed by internal_error', failed],
    ['a cancellation', 'unexpected: a job was cancelled by nobody', job({ status: 'cancelled', text: null })],
    ['a swapped answer', 'unexpected: an answer is not that of one call for its job', job({ text: other })],
    [
      'a mixed answer',
      'unexpected: an answer is not that of one call for its job',
      job({ text: `${TEXT} x` }),
    ],
    ['an answer from nowhere', 'unexpected: a job completed that no backend answered', { calls: [] }],
    [
      'a contradiction',
      'unexpected: a caller was told another answer than was kept',
      { entries: [entryOf([{ ...COMPLETED, text: other }])] },
    ],
    [
      'a lost token',
      'unexpected: the tokens of a stream are not its answer',
      { entries: [entryOf([{ ...COMPLETED, streamed: TEXT.slice(1) }])] },
    ],
    [
      'another’s job',
      'unexpected: a caller was told of a job of another',
      { entries: [entryOf([COMPLETED]), entryOf([COMPLETED], { marker: 'mk-t-2' })] },
    ],
    [
      'a cancellation that does nothing',
      'unexpected: a job went on although its cancellation was confirmed',
      { entries: [entryOf([accepted], cancelling, [{ kind: 'cancelled' }])] },
    ],
    [
      'a false 429',
      'unexpected: a request was answered 429 rate_limit_exceeded',
      { entries: [refused(429, 'rate_limit_exceeded')] },
    ],
    [
      'a defect told',
      'unexpected: a request was answered 500 internal_error',
      { entries: [refused(500, 'internal_error')] },
    ],
    [
      'silence',
      'unexpected: a request with a key was never answered',
      { entries: [entryOf([{ kind: 'unknown', jobId: 'job_1', because: 'ECONNRESET' }])] },
    ],
    [
      'a request that hangs',
      'unexpected: a request hung longer than it may',
      { entries: [{ ...entryOf([]), sendings: [sending(COMPLETED, 60_000)] }] },
    ],
    ['a wrong row', 'unexpected: a row says another end', { rows: [{ jobId: 'job_1', status: 'failed' }] }],
    [
      'a stray row',
      'unexpected: a row of a job that is unknown',
      { rows: [...WELL.rows, { jobId: 'job_9', status: 'failed' }] },
    ],
    [
      'a call too many',
      'unexpected: a job had more calls than attempts',
      { calls: [CALL, { ...CALL, call: 2 }] },
    ],
    [
      'a call for nobody',
      'unexpected: a backend was called for a request without a job',
      { calls: [CALL, { ...CALL, marker: 'mk-t-9' }] },
    ],
    [
      'a forged delivery',
      'unexpected: a delivery is not signed with its tenant’s secret',
      { deliveries: [delivery({ body: '{}' })] },
    ],
    [
      'a stray delivery',
      'unexpected: a delivery for a job that is unknown',
      { deliveries: [delivery(), delivery({ jobId: 'job_9' })] },
    ],
    [
      'a false delivery',
      'unexpected: a delivery tells another end',
      { deliveries: [delivery({ event: 'job.failed' })] },
    ],
    [
      'a delivery gone astray',
      'unexpected: a delivery went to the receiver of another job',
      { deliveries: [delivery({ marker: 'mk-t-9' })] },
    ],
    [
      'another word elsewhere',
      'unexpected: GET /jobs/{id} says something else than is kept',
      { seen: new Map([['job_1', { id: 'job_1', httpStatus: 404, status: '', text: null }]]) },
    ],
    [
      'a held lease',
      'unexpected: something is still held',
      { leftovers: [{ name: '{sluice}:unsettled', count: 1 }] },
    ],
    ['a crash', 'unexpected: a process ended by itself', { ownExits: ['worker-1: exit code 1'] }],
    [
      'a defect in a log',
      'unexpected: a log tells of a defect',
      { defects: ['worker-1.log: a job met a defect'] },
    ],
  ])('finds %s', (_planted, finding, changes) => {
    expect(found(changes)).toContain(finding);
  });
});
