import { z } from 'zod';
import { ENDPOINTS } from '#common/contracts/generation.js';
import { JOB_STATUSES } from '#common/contracts/job-status.js';
import { ERROR_CODES } from '#common/errors/catalogue.js';

const seconds = z.number().describe('Unix time in seconds.');
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const moment = z.number().nonnegative().max(1e11);

const about = {
  error_code: z.enum(ERROR_CODES).optional(),
  tenant: z.string().min(1).max(64).optional().describe('As a dead letter shows it.'),
  model: z.string().min(1).max(200).optional(),
};

export const lettersQuery = z.object({
  ...about,
  from: z.coerce.number().pipe(moment).optional().describe('Failed then or later; Unix time in seconds.'),
  to: z.coerce.number().pipe(moment).optional().describe('Failed then or earlier; Unix time in seconds.'),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z
    .string()
    .regex(/^\d{1,16}:[\w-]{1,64}$/)
    .optional()
    .describe('next_cursor of the page before.'),
});
export type LettersQuery = z.infer<typeof lettersQuery>;

/** Which dead letters are meant: at least one field, or all of them by `all`. */
export const letterSelection = z
  .strictObject({
    ...about,
    from: moment.optional().describe('Failed then or later; Unix time in seconds.'),
    to: moment.optional().describe('Failed then or earlier; Unix time in seconds.'),
    all: z.literal(true).optional().describe('Every one; instead of the other fields.'),
  })
  .refine((selection) => Object.values(selection).some((value) => value !== undefined), {
    message: 'name at least one of error_code, tenant, model, from and to, or all: true',
  });
export type LetterSelection = z.infer<typeof letterSelection>;

/** A job that failed and whose payload is still kept. */
export const deadLetterView = z.object({
  job_id: z.string(),
  pool: z.string(),
  failed_at: seconds,
  error_code: z.enum(ERROR_CODES),
  status: z.enum(JOB_STATUSES).nullable().describe('Null when its record is no longer kept.'),
  is_settled: z.boolean().describe('Only what is settled can be replayed; what is not will be within 5 s.'),
  tenant: z.string().nullable().describe('A digest.'),
  client_id: z.string().nullable(),
  model: z.string().nullable(),
  attempts: z.number().int().nullable().describe('Backend calls of the run that ended it.'),
  deliveries: z.number().int().describe('How often a worker began it.'),
  created_at: seconds.nullable(),
  replay_of: z.string().nullable().describe('The dead letter whose replay it was.'),
});
export type DeadLetterView = z.infer<typeof deadLetterView>;

export const letterList = z.object({
  dead_letters: z.array(deadLetterView),
  next_cursor: z.string().nullable().describe('Send it as cursor for the next page; null on the last.'),
});
export type LetterList = z.infer<typeof letterList>;

export const openQuery = z.object({
  prompt: flag.default(false).describe('With what its caller wrote; only where DEAD_LETTER_PROMPTS=true.'),
});
export type OpenQuery = z.infer<typeof openQuery>;

export const openedLetter = deadLetterView.extend({
  task: z
    .object({
      endpoint: z.enum(ENDPOINTS),
      max_tokens: z.number().int(),
      input_tokens: z.number().int().describe('An estimate.'),
      is_streamed: z.boolean(),
      body_bytes: z.number().int().describe('Of the request as backends get it, in JSON.'),
    })
    .nullable()
    .describe('Null when its payload cannot be read; then it cannot be replayed.'),
  prompt: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('The request as backends get it; only with prompt=true.'),
});
export type OpenedLetterView = z.infer<typeof openedLetter>;

export const replayed = z.object({
  job_id: z.string().describe('The new job.'),
  replay_of: z.string(),
  status_url: z.string(),
});
export type ReplayedView = z.infer<typeof replayed>;

const count = z.number().int();
const skipped = count.describe('Not settled yet, ended otherwise, unreadable, or refused.');
const left = count.describe('Selected, and not looked at by this call: call again.');

export const replayedMany = z.object({ replayed: count, skipped, left });
export type ReplayedMany = z.infer<typeof replayedMany>;

export const purgedMany = z.object({ purged: count, skipped, left });
export type PurgedMany = z.infer<typeof purgedMany>;

export const removedLetter = z.object({ message: z.string() });
export type RemovedLetter = z.infer<typeof removedLetter>;
