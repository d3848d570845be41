import type { DeadLetter, OpenedLetter } from './dead-letter.js';
import type { LetterFilter } from './dead-letter.policy.js';
import type {
  DeadLetterView,
  LetterSelection,
  LettersQuery,
  OpenedLetterView,
} from './dead-letters.schema.js';

/** As an administrator sees it in a list. */
export function viewLetter({ record, detail, ...letter }: DeadLetter): DeadLetterView {
  const createdMs = record?.created_ms ?? detail.createdMs;
  return {
    job_id: letter.id,
    pool: letter.pool,
    failed_at: letter.failedMs / 1_000,
    error_code: letter.errorCode,
    status: record?.status ?? null,
    is_settled: letter.isSettled,
    tenant: letter.tenant,
    client_id: record?.client_id ?? null,
    model: letter.model,
    attempts: record?.outcome?.attempts ?? null,
    deliveries: record?.deliveries ?? detail.starts,
    created_at: createdMs === null ? null : createdMs / 1_000,
    replay_of: record?.replay_of ?? null,
  };
}

/** The same with its task; what its caller wrote only where that is wanted. */
export function viewOpened({ letter, task }: OpenedLetter, withPrompt: boolean): OpenedLetterView {
  if (task === null) return { ...viewLetter(letter), task: null };
  const { endpoint, max_tokens, input_tokens, is_streamed, body } = task;
  const body_bytes = Buffer.byteLength(JSON.stringify(body));
  return {
    ...viewLetter(letter),
    task: { endpoint, max_tokens, input_tokens, is_streamed, body_bytes },
    ...(withPrompt ? { prompt: body } : {}),
  };
}

type Selecting = Pick<LetterSelection & LettersQuery, 'error_code' | 'tenant' | 'model' | 'from' | 'to'>;

export function filterOf({ error_code, tenant, model, from, to }: Selecting): LetterFilter {
  const toMs = (at: number | undefined) => (at === undefined ? undefined : Math.round(at * 1_000));
  return { errorCode: error_code, tenant, model, fromMs: toMs(from), toMs: toMs(to) };
}
