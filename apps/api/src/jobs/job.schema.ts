import { z } from 'zod';
import { JOB_STATUSES } from '#common/contracts/job-status.js';
import { PRIORITIES } from '#common/contracts/generation.js';
import { generateAnswer } from '../generate/generate.schema.js';

const seconds = z.number().describe('Unix time in seconds.');

/** One job as its owner sees it. */
export const jobView = z.object({
  job_id: z.string(),
  status: z.enum(JOB_STATUSES),
  request_id: z.string(),
  model: z.string(),
  pool: z.string(),
  priority: z.enum(PRIORITIES),
  created_at: seconds,
  deadline_at: seconds,
  started_at: seconds.nullable(),
  finished_at: seconds.nullable(),
  queue_wait_ms: z.number().nullable(),
  attempts: z.number().int().describe('Backend calls of the run that ended the job.'),
  deliveries: z
    .number()
    .int()
    .describe('How often a worker began it; more than 1 means that a worker vanished.'),
  worker_id: z.string().nullable(),
  metadata: z.record(z.string(), z.string()).nullable(),
  status_url: z.string(),
  queue_position: z.number().int().nullable().optional(),
  estimated_wait_ms: z.number().nullable().optional(),
  result: generateAnswer.optional(),
  error: z.object({ message: z.string(), type: z.string(), code: z.string() }).optional(),
});
export type JobView = z.infer<typeof jobView>;

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
