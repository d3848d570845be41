import { z } from 'zod';
import { PATHS } from '../openai/wire-task.js';
import { BATCH_STATUSES } from './batch-state.policy.js';
import { windowMsOf } from './window.policy.js';

const ENDPOINTS = [PATHS.chat, PATHS.completions, PATHS.embeddings] as const;

/** PostgreSQL keeps no NUL and no half of a surrogate pair. */
const text = (max: number): z.ZodString =>
  z
    .string()
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be Unicode text without NUL');

const metadata = z
  .record(text(64).min(1), text(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, 'must have at most 16 pairs');

/** The body of `POST /v1/batches` (OpenAI's API reference, "Create batch"). */
export const newBatch = z
  .object({
    input_file_id: z
      .string()
      .max(64)
      .regex(/^[\x21-\x7e]+$/, 'must be the id of a file'),
    endpoint: z.enum(ENDPOINTS),
    completion_window: z
      .string()
      .refine((text) => windowMsOf(text) !== null, 'must be 24h, or a shorter time such as 90m or 30s')
      .describe('24h, or a shorter time such as 90m or 30s.'),
    metadata: metadata.nullish(),
  })
  .meta({ example: { input_file_id: 'file-…', endpoint: PATHS.chat, completion_window: '24h' } });
export type NewBatch = z.infer<typeof newBatch>;

const seconds = z.number().int().nullable().describe('Unix time in seconds.');

const batchProblem = z.object({
  code: z.string(),
  line: z.number().int().nullable(),
  message: z.string(),
  param: z.string().nullable(),
});
export const batchProblems = z.array(batchProblem);

/** OpenAI's batch object (API reference, "The batch object"). */
export const batchView = z.object({
  id: z.string(),
  object: z.literal('batch'),
  endpoint: z.string(),
  errors: z.object({ object: z.literal('list'), data: batchProblems }).nullable(),
  input_file_id: z.string(),
  completion_window: z.string(),
  status: z.enum(BATCH_STATUSES),
  output_file_id: z.string().nullable(),
  error_file_id: z.string().nullable(),
  created_at: z.number().int(),
  in_progress_at: seconds,
  expires_at: seconds,
  finalizing_at: seconds,
  completed_at: seconds,
  failed_at: seconds,
  expired_at: seconds,
  cancelling_at: seconds,
  cancelled_at: seconds,
  request_counts: z.object({
    total: z.number().int(),
    completed: z.number().int(),
    failed: z.number().int(),
  }),
  metadata: z.record(z.string(), z.string()).nullable(),
});
export type BatchView = z.infer<typeof batchView>;

export const batchList = z.object({
  object: z.literal('list'),
  data: z.array(batchView),
  first_id: z.string().nullable(),
  last_id: z.string().nullable(),
  has_more: z.boolean(),
});
export type BatchList = z.infer<typeof batchList>;

export const batchQuery = z.object({
  after: z.string().max(64).optional().describe('The last id of the page before.'),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
export type BatchQuery = z.infer<typeof batchQuery>;
