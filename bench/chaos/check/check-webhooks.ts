import type { ReceivedDelivery } from '../backend/receivers.js';
import type { Evidence, StoredJob } from '../evidence/evidence.js';
import { duplicated, type Finding, lost, unexpected } from './finding.js';
import { groupBy, isFinal, jobsById, wasTakenBack } from './known.js';
import { isSigned } from './signature.js';

/** The end of every job that was accepted was told to whom it named: delivered, under one id, signed, and as it was. */
export function checkWebhooks(evidence: Evidence): Finding[] {
  const { secrets } = evidence;
  if (secrets === null) return [];
  const jobs = jobsById(evidence);
  const byJob = groupBy(evidence.deliveries, ({ jobId }) => jobId);
  const users = new Map(evidence.entries.map(({ plan }) => [plan.marker, plan.user]));
  return [
    ...evidence.jobs
      .filter((job) => job.hasWebhook && isFinal(job) && !wasTakenBack(job))
      .flatMap((job) => toldOnce(job, byJob.get(job.id) ?? [])),
    ...evidence.deliveries.flatMap((delivery) =>
      oneDelivery(delivery, jobs.get(delivery.jobId), secrets.get(users.get(delivery.marker) ?? '')),
    ),
  ];
}

function toldOnce(job: StoredJob, deliveries: readonly ReceivedDelivery[]): Finding[] {
  const isTold = deliveries.some(({ answered }) => answered < 300);
  const ids = new Set(deliveries.map(({ id }) => id));
  return [
    ...(isTold
      ? []
      : [lost('a job’s end was not told', job.id, `${deliveries.length} deliveries, ${job.marker}`)]),
    ...(ids.size > 1
      ? [duplicated('a job’s end has more than one webhook-id', job.id, [...ids].join(', '))]
      : []),
  ];
}

function oneDelivery(
  delivery: ReceivedDelivery,
  job: StoredJob | undefined,
  secret: string | undefined,
): Finding[] {
  const { id, jobId, marker, event } = delivery;
  if (job === undefined) return [unexpected('a delivery for a job that is unknown', id, jobId)];
  if (wasTakenBack(job)) return [unexpected('a delivery for a job that was taken back', id, jobId)];
  if (job.marker !== marker) return [unexpected('a delivery went to the receiver of another job', id, jobId)];
  if (event !== `job.${job.status}`)
    return [unexpected('a delivery tells another end', id, `${event}, ${job.status}`)];
  if (secret === undefined || !isSigned(delivery, secret))
    return [unexpected('a delivery is not signed with its tenant’s secret', id, jobId)];
  return [];
}
