import type { Evidence } from '../evidence/evidence.js';
import { checkAnswers } from './check-answers.js';
import { checkJobs } from './check-jobs.js';
import { checkRecords } from './check-records.js';
import { checkRefusals } from './check-refusals.js';
import { checkWebhooks } from './check-webhooks.js';
import type { Finding } from './finding.js';

/** Compares what callers were told with what became of it everywhere; empty when all is well. */
export function check(evidence: Evidence, { jobDeadlineMs }: { readonly jobDeadlineMs: number }): Finding[] {
  return [
    ...checkJobs(evidence),
    ...checkAnswers(evidence),
    ...checkRefusals(evidence, jobDeadlineMs),
    ...checkRecords(evidence),
    ...checkWebhooks(evidence),
  ];
}
