import { z } from 'zod';
import { ERROR_CODES } from '#common/errors/catalogue.js';
import { usage } from './generation.js';

/** An error object in OpenAI's wire format with the status it came with; our key is not in it. */
export const backendRefusal = z.object({
  status: z.number().int().min(400).max(499),
  message: z.string(),
  type: z.string().nullable(),
  code: z.string().nullable(),
  param: z.string().nullable(),
});
export type BackendRefusal = z.infer<typeof backendRefusal>;

/**
 * How a job ended, as its settlement keeps it (JSON in the job record, in the wake-up and, without `text`, `body` and `refusal`, in the event).
 * `processing_ms` is the time of the backend call that decided, in milliseconds.
 */
export const outcome = z.object({
  text: z.string().optional(),
  finish_reason: z.string().optional(),
  usage: usage.optional(),
  /** The answer in OpenAI's wire format, of tasks of shape `wire` that were not streamed. */
  body: z.record(z.string(), z.unknown()).optional(),
  /** What a backend said that found the request invalid: for its caller only. */
  refusal: backendRefusal.optional(),
  backend_id: z.string().optional(),
  /** The model that answered, where it is not the one asked for (a fallback). */
  model: z.string().optional(),
  /** Of a streamed job: the run whose tokens are the answer (contracts/job-stream.ts). */
  run: z.number().int().positive().optional(),
  processing_ms: z.number().nonnegative().optional(),
  attempts: z.number().int().nonnegative(),
  cost_usd: z.number().nonnegative().optional(),
  error_code: z.enum(ERROR_CODES).optional(),
});
export type Outcome = z.infer<typeof outcome>;
