import type { LedgerEntry } from '../client/ledger.js';
import type { Evidence, StoredJob } from '../evidence/evidence.js';
import { duplicated, type Finding, lost, unexpected } from './finding.js';
import { acknowledgedIds, GIVES_UP_WITH, groupBy, isFinal, isVoid, jobsById, tolds } from './known.js';

/** Why a job may fail while everything around it does. */
const FAILED_BY = new Set([
  'backend_bad_response',
  'backend_unavailable',
  'stream_interrupted',
  'worker_crashed',
]);

/** Every job has ended, those that somebody was told of as something that was done for him; no request made two. */
export function checkJobs(evidence: Evidence): Finding[] {
  const jobs = jobsById(evidence);
  const entries = new Map(evidence.entries.map((entry) => [entry.plan.marker, entry]));
  return [
    ...evidence.entries.flatMap((entry) =>
      [...acknowledgedIds(entry)].flatMap((id) => acknowledgedJob(id, jobs.get(id))),
    ),
    ...evidence.jobs.flatMap((job) => ending(job, entries.get(job.marker))),
    ...[...groupBy(evidence.jobs, ({ marker }) => marker)].flatMap(([marker, made]) => doubles(marker, made)),
  ];
}

function acknowledgedJob(id: string, job: StoredJob | undefined): Finding[] {
  if (job === undefined) return [lost('a job that its caller was told of is unknown', id)];
  if (!isFinal(job)) return [lost('a job that its caller was told of never ended', id, job.status)];
  if (isVoid(job)) return [lost('a job that its caller was told of was taken back', id, job.errorCode ?? '')];
  return [];
}

function ending(job: StoredJob, entry: LedgerEntry | undefined): Finding[] {
  if (entry === undefined) return [unexpected('a job that nobody asked for', job.id, job.marker)];
  if (!isFinal(job)) return [unexpected('a job has not ended', job.id, `${job.status}, ${job.marker}`)];
  const failedBy = job.errorCode ?? 'internal_error';
  if (job.status === 'failed' && !isVoid(job) && !FAILED_BY.has(failedBy))
    return [unexpected(`a job failed by ${failedBy}`, job.id, job.marker)];
  if (job.status === 'cancelled' && !mayBeCancelled(entry))
    return [unexpected('a job was cancelled by nobody', job.id, job.marker)];
  return [];
}

/** Its caller cancelled it, or hung up without a key, or its connection died, or its API stopped while it waited. */
function mayBeCancelled(entry: LedgerEntry): boolean {
  const { intent, idempotencyKey } = entry.plan;
  if (intent.kind === 'cancel') return entry.cancels.length > 0;
  if (idempotencyKey !== null) return false;
  return tolds(entry).some(
    (told) =>
      told.kind === 'left' ||
      told.kind === 'unknown' ||
      (told.kind === 'ended' && GIVES_UP_WITH.has(told.code)),
  );
}

function doubles(marker: string, made: readonly StoredJob[]): Finding[] {
  const real = made.filter((job) => !isVoid(job));
  if (real.length < 2) return [];
  const detail = real.map(({ id, status }) => `${id} ${status}`).join(', ');
  return [duplicated('a request made more than one job', marker, detail)];
}
