import { createHmac } from 'node:crypto';
import { textOf } from '../backend/answers.js';
import type { BackendCall } from '../backend/fake-backend.js';
import type { ReceivedDelivery } from '../backend/receivers.js';
import type { CancelTold, LedgerEntry, Sending, Told } from '../client/ledger.js';
import { planRequest, type RequestPlan } from '../client/request-plan.js';
import type { Evidence, StoredJob } from '../evidence/evidence.js';

const MARKER = 'mk-t-1';
export const TEXT = textOf(MARKER, 1);
const SECRET = `whsec_${Buffer.from('0123456789abcdef').toString('base64')}`;
export const JOB: StoredJob = {
  id: 'job_1',
  status: 'completed',
  marker: MARKER,
  deliveries: 1,
  attempts: 1,
  text: TEXT,
  errorCode: null,
  hasWebhook: true,
};
const PLAN: RequestPlan = {
  ...planRequest({ seed: 1, run: 't', hasReceivers: true }, 1),
  marker: MARKER,
  user: 'chaos-alice',
  mode: 'sync',
  idempotencyKey: 'key-1',
  intent: { kind: 'stay' },
};
export const COMPLETED = {
  kind: 'completed',
  jobId: 'job_1',
  text: TEXT,
  streamed: null,
} as const satisfies Told;
export const CALL: BackendCall = {
  marker: MARKER,
  call: 1,
  worker: 'worker-1',
  atMs: 10,
  endedMs: 20,
  isAnswered: true,
};

export const sending = (told: Told, tookMs = 100): Sending => ({ api: 'api-1', sentMs: 0, tookMs, told });

export function entryOf(
  tolds: readonly Told[],
  plan: Partial<RequestPlan> = {},
  cancels: readonly CancelTold[] = [],
): LedgerEntry {
  return { plan: { ...PLAN, ...plan }, sendings: tolds.map((told) => sending(told)), cancels: [...cancels] };
}

export function delivery(changes: Partial<ReceivedDelivery> = {}): ReceivedDelivery {
  const [id, timestamp, body] = ['msg_1', '1790000000', '{"type":"job.completed"}'];
  const key = Buffer.from('0123456789abcdef');
  const signed = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    receiver: 'steady',
    marker: MARKER,
    id,
    timestamp,
    signature: `v1,other v1,${signed}`,
    body,
    event: 'job.completed',
    jobId: 'job_1',
    answered: 204,
    ...changes,
  };
}

/** A run in which one job was asked for, answered, recorded and told. */
export const WELL: Evidence = {
  entries: [entryOf([COMPLETED])],
  jobs: [JOB],
  seen: new Map([['job_1', { id: 'job_1', httpStatus: 200, status: 'completed', text: TEXT }]]),
  rows: [{ jobId: 'job_1', status: 'completed' }],
  events: new Map([['job_1', 1]]),
  calls: [CALL],
  deliveries: [delivery()],
  secrets: new Map([['chaos-alice', SECRET]]),
  leftovers: [],
  happened: [],
  ownExits: [],
  failedStarts: [],
  defects: [],
  heldUpMs: 0,
};
