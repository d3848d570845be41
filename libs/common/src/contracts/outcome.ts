import { z } from 'zod';
import { ERROR_CODES } from '#common/errors/catalogue.js';
import { usage } from './generation.js';

/**
 * How a job ended, as its settlement keeps it (JSON in the job record, in the wake-up and, without `text`, in the event).
 * `processing_ms` is the time of the backend call that decided, in milliseconds.
 */
export const outcome = z.object({
  text: z.string().optional(),
  finish_reason: z.string().optional(),
  usage: usage.optional(),
  backend_id: z.string().optional(),
  processing_ms: z.number().nonnegative().optional(),
  attempts: z.number().int().nonnegative(),
  cost_usd: z.number().nonnegative().optional(),
  error_code: z.enum(ERROR_CODES).optional(),
});
export type Outcome = z.infer<typeof outcome>;
