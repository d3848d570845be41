import type { Answer } from './answer.js';
import { CANARIES } from './headers.js';
import { asObject, entryOf, type Operation, type Schema } from './openapi.parser.js';
import type { Plan, Sent } from './plan.js';

/** What is wrong with an answer: a short name that is the same for the same defect, and what was seen. */
export interface Complaint {
  readonly name: string;
  readonly seen: string;
}

/** What is larger may be refused by closing the connection in the middle of it. */
const BODY_BYTES_MAX = 1024 * 1024;
const HEAD_BYTES_MAX = 16_000;
/** Nothing of ours answers so much to an error. */
const INSIDES =
  /node_modules|\bat [^ ]+ \(|\.(?:js|ts):\d+:\d+|ReplyError|PrismaClient|ECONNREFUSED|invalid input syntax/;
/** Who waits for a generation may be told how its backend or its wait ended. */
const IS_GENERATION = /^\/(?:generate|v1\/(?:chat\/completions|completions|embeddings))$/;
const OF_GENERATIONS = new Set([
  'backend_bad_response',
  'backend_refused',
  'backend_unavailable',
  'stream_interrupted',
  'deadline_exceeded',
  'queue_full',
  'overloaded',
]);
/** No scaler runs here. */
const OF_SCALING = /^\/(?:admin\/pools|scaler)\b/;

type Answered = Extract<Answer, { kind: 'answered' }>;

/** Null for an answer that the document and docs/failure-modes.md allow. */
export function judge(answer: Answer, operation: Operation, plan: Plan, sent: Sent): Complaint | null {
  if (answer.kind === 'hung up') return null;
  if (answer.kind === 'late') return { name: 'late', seen: 'no whole answer within 35 s' };
  if (answer.kind === 'broken') {
    const head = sent.path.length + JSON.stringify(sent.headers).length;
    const isLarge = (sent.bytes?.length ?? 0) > BODY_BYTES_MAX || head > HEAD_BYTES_MAX;
    return isLarge ? null : { name: 'broken', seen: answer.because };
  }
  const isAsPlanned =
    plan.method === operation.method || (plan.method === 'HEAD' && operation.method === 'GET');
  if (answer.status >= 400) return judgeError(answer, operation, plan.method);
  if (plan.isTwisted || plan.method === 'OPTIONS' || !isAsPlanned) return null;
  if (operation.statuses.has(answer.status)) return null;
  return { name: `undocumented status ${answer.status}`, seen: answer.text.slice(0, 500) };
}

/** Whether an answer says that Redis did not answer in time: true where the machine kept it waiting. */
export function blamesStore(answer: Answer): boolean {
  if (answer.kind !== 'answered' || answer.status !== 503) return false;
  return (
    answer.text.includes('"dependency_unavailable"') ||
    answer.text.includes('"redis":"down"') ||
    answer.text.includes('"redis-unavailable"')
  );
}

/** Of bytes that need not be HTTP: an error in the documented shape, or no error at all. */
export function judgeRaw(answer: Answer): Complaint | null {
  if (answer.kind !== 'answered' || answer.status < 400) return null;
  return judgeShape(answer, answer.text === '' ? 'HEAD' : 'GET');
}

function judgeError(answer: Answered, { path }: Operation, method: string): Complaint | null {
  return judgeShape(answer, method) ?? (answer.status >= 500 ? judgeServerError(answer, path, method) : null);
}

function judgeServerError({ text, status }: Answered, path: string, method: string): Complaint | null {
  // Without a body nobody knows the code.
  if (method === 'HEAD' && status !== 500) return null;
  const code = String(errorIn(text)['code']);
  const isExplained =
    (IS_GENERATION.test(path) && OF_GENERATIONS.has(code)) ||
    (code === 'scaling_unknown' && OF_SCALING.test(path));
  return isExplained ? null : { name: `${status} ${code}`, seen: text.slice(0, 500) };
}

const errorIn = (text: string): Schema => {
  try {
    return asObject(asObject(JSON.parse(text))['error']);
  } catch {
    return {};
  }
};

function judgeShape({ status, headers, text }: Answered, method: string): Complaint | null {
  const complaint = (what: string): Complaint => ({ name: what, seen: `${status} ${text.slice(0, 500)}` });
  const secret = Object.values(CANARIES).find((canary) => text.includes(canary));
  if (secret !== undefined) return complaint('an error repeats a secret');
  if (INSIDES.test(text)) return complaint('an error shows our insides');
  if (headers['x-request-id'] === undefined) return complaint(`no x-request-id on ${status}`);
  if (method === 'HEAD') return null;
  const type = headers['content-type'] ?? '';
  if (type.startsWith('text/html')) return null;
  const { code, type: kind, message, request_id: requestId } = errorIn(text);
  // On /v1 a backend that refused is quoted: its status, its code.
  const isQuoted =
    type.startsWith('application/json') && headers['x-sluice-job-id'] !== undefined && status < 500;
  const entry = entryOf(code);
  if (isQuoted && entry === null) return null;
  if (entry === null) return complaint(`${status} without a code of the catalogue`);
  if (!isQuoted && entry.status !== status) return complaint(`${String(code)} with status ${status}`);
  if (!isQuoted && entry.type !== kind) return complaint(`${String(code)} with another type`);
  if (typeof message !== 'string' || message === '') return complaint(`${String(code)} without a message`);
  return requestId === headers['x-request-id'] ? null : complaint('another request_id than x-request-id');
}
