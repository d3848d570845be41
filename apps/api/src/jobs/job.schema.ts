import { z } from 'zod';
import { JOB_STATUSES } from '#common/contracts/job-status.js';
import { jobView } from '#common/contracts/job-view.js';

export const jobList = z.object({
  jobs: z.array(jobView.omit({ result: true })),
  next_cursor: z.string().nullable().describe('Send it as cursor for the next page; null on the last.'),
});

export const listQuery = z.object({
  status: z.enum(JOB_STATUSES).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(64).optional(),
});
export type ListQuery = z.infer<typeof listQuery>;

export const jobQuery = z.object({
  wait: z.coerce.number().min(0).max(60).optional().describe('Long poll: seconds to wait for the end.'),
});
export type JobQuery = z.infer<typeof jobQuery>;
