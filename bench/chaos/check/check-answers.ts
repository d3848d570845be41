import { textOf } from '../backend/answers.js';
import type { BackendCall } from '../backend/fake-backend.js';
import { acknowledged, type LedgerEntry, type Told } from '../client/ledger.js';
import type { Evidence, StoredJob } from '../evidence/evidence.js';
import { duplicated, type Finding, unexpected } from './finding.js';
import { acknowledgedIds, GIVES_UP_WITH, groupBy, jobsById } from './known.js';

/** Every answer is that of its own job, whole, and the same whoever reads it and when. */
export function checkAnswers(evidence: Evidence): Finding[] {
  const jobs = jobsById(evidence);
  const calls = groupBy(evidence.calls, ({ marker }) => marker);
  return [
    ...evidence.entries.flatMap((entry) => entryAnswers(entry, jobs)),
    ...evidence.jobs.flatMap((job) => [
      ...storedAnswer(job, calls.get(job.marker) ?? []),
      ...seenAnswer(job, evidence),
    ]),
  ];
}

function entryAnswers(entry: LedgerEntry, jobs: ReadonlyMap<string, StoredJob>): Finding[] {
  const { plan, sendings } = entry;
  const ids = acknowledgedIds(entry);
  const many =
    ids.size > 1 ? [duplicated('a key stands for two jobs', plan.marker, [...ids].join(', '))] : [];
  const told = sendings.flatMap((sending) => {
    const id = acknowledged(sending.told);
    const job = id === null ? undefined : jobs.get(id);
    return job === undefined ? [] : toldAnswer(plan.marker, sending.told, job);
  });
  return [...many, ...told, ...cancelAnswers(entry, jobs)];
}

function toldAnswer(marker: string, told: Told, job: StoredJob): Finding[] {
  const detail = `${job.id}: ${JSON.stringify(told)}; stored ${job.status} ${JSON.stringify(job.text)}`;
  if (job.marker !== marker) return [unexpected('a caller was told of a job of another', marker, detail)];
  if (told.kind === 'ended' && job.status === 'completed' && !isEarly(told.code))
    return [unexpected('a caller was told of a failure of a job that completed', marker, detail)];
  if (told.kind !== 'completed') return [];
  if (job.status !== 'completed' || job.text !== told.text)
    return [unexpected('a caller was told another answer than was kept', marker, detail)];
  if (told.streamed !== null && told.streamed !== told.text)
    return [unexpected('the tokens of a stream are not its answer', marker, detail)];
  return [];
}

/** Said before the job has ended: by a process that stops, past a deadline, or when a new run followed tokens that were told. */
const isEarly = (code: string): boolean => GIVES_UP_WITH.has(code);

function cancelAnswers(
  { plan, sendings, cancels }: LedgerEntry,
  jobs: ReadonlyMap<string, StoredJob>,
): Finding[] {
  const told = sendings.at(-1)?.told;
  const job = told?.kind === 'accepted' ? jobs.get(told.jobId) : undefined;
  if (job === undefined) return [];
  const isCancelled = cancels.some(({ kind }) => kind === 'cancelled');
  const isRefused = cancels.some(({ kind }) => kind === 'final');
  if (isCancelled && job.status !== 'cancelled')
    return [unexpected('a job went on although its cancellation was confirmed', job.id, plan.marker)];
  if (isRefused && job.status === 'cancelled')
    return [unexpected('a job is cancelled although that was refused', job.id, plan.marker)];
  return [];
}

/** The text must be, to the last word, that of one call for this job. */
function storedAnswer({ id, marker, status, text }: StoredJob, calls: readonly BackendCall[]): Finding[] {
  if (status !== 'completed') return [];
  const answered = calls.filter(({ isAnswered }) => isAnswered);
  if (answered.length === 0) return [unexpected('a job completed that no backend answered', id, marker)];
  if (answered.some(({ call }) => textOf(marker, call) === text)) return [];
  return [unexpected('an answer is not that of one call for its job', id, `${marker}: ${text}`)];
}

function seenAnswer(job: StoredJob, { seen }: Evidence): Finding[] {
  const found = seen.get(job.id);
  if (found === undefined) return [];
  const isSame = found.httpStatus === 200 && found.status === job.status && found.text === job.text;
  if (isSame) return [];
  return [unexpected('GET /jobs/{id} says something else than is kept', job.id, JSON.stringify(found))];
}
