import { z } from 'zod';
import { PRIORITIES } from './generation.js';
import { JOB_STATUSES } from './job-status.js';

/** The answer of a synchronous generation. The first five fields are the original system's. */
export const generateAnswer = z.object({
  response: z.string(),
  backend_id: z.string(),
  processing_time_ms: z.number().nonnegative().describe('The backend call that answered.'),
  tokens_used: z.number().int().nonnegative(),
  request_id: z.string(),
  job_id: z.string(),
  worker_id: z.string(),
  model: z.string(),
  usage: z.object({
    input_tokens: z.number().int().nonnegative(),
    output_tokens: z.number().int().nonnegative(),
    estimated: z.literal(true).optional().describe('The backend did not count: these are estimates.'),
  }),
  queue_wait_ms: z.number().nonnegative(),
  finish_reason: z.string(),
  cost_usd: z.number().optional(),
});
export type GenerateAnswer = z.infer<typeof generateAnswer>;

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
