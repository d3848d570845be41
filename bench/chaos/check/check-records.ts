import type { Evidence } from '../evidence/evidence.js';
import { duplicated, type Finding, lost, unexpected } from './finding.js';
import { groupBy, isFinal, jobsById } from './known.js';

/** One settlement, one event, one row for each job; calls are explained; nothing is held, nobody has crashed. */
export function checkRecords(evidence: Evidence): Finding[] {
  return [
    ...rows(evidence),
    ...[...evidence.events].flatMap(([id, count]) =>
      count > 1 ? [duplicated('a job was settled more than once', id, `${count} events`)] : [],
    ),
    ...calls(evidence),
    ...evidence.leftovers.map(({ name, count }) =>
      unexpected('something is still held', name, `${count} entries`),
    ),
    ...evidence.ownExits.map((how) => unexpected('a process ended by itself', how)),
    ...evidence.defects.map((line) => unexpected('a log tells of a defect', line)),
  ];
}

function rows(evidence: Evidence): Finding[] {
  const jobs = jobsById(evidence);
  const byJob = groupBy(evidence.rows, ({ jobId }) => jobId);
  const missing = evidence.jobs
    .filter((job) => isFinal(job) && !byJob.has(job.id))
    .map(({ id, status, marker }) => lost('a settled job has no row', id, `${status}, ${marker}`));
  const wrong = [...byJob].flatMap(([id, found]): Finding[] => {
    const job = jobs.get(id);
    if (found.length > 1) return [duplicated('a job has more than one row', id, `${found.length} rows`)];
    if (job === undefined) return [unexpected('a row of a job that is unknown', id)];
    const status = found[0]?.status ?? '';
    return status === job.status
      ? []
      : [unexpected('a row says another end', id, `${status}, ${job.status}`)];
  });
  return [...missing, ...wrong];
}

/** A job that was delivered once has at most as many calls as attempts; a request without a job has none. */
function calls({ calls: made, jobs }: Evidence): Finding[] {
  const byMarker = groupBy(jobs, ({ marker }) => marker);
  return [...groupBy(made, ({ marker }) => marker)].flatMap(([marker, found]): Finding[] => {
    const of = byMarker.get(marker) ?? [];
    const [job] = of;
    if (job === undefined) return [unexpected('a backend was called for a request without a job', marker)];
    const isRun = job.status === 'completed' || job.status === 'failed';
    if (of.length > 1 || job.deliveries > 1 || !isRun || found.length <= Math.max(1, job.attempts)) return [];
    const detail = `${found.length} calls, ${job.attempts} attempts, one delivery`;
    return [unexpected('a job had more calls than attempts', job.id, detail)];
  });
}
