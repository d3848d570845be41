import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { PRIORITIES, type Priority } from '#common/contracts/generation.js';
import { Refusal } from '#common/errors/refusal.js';

/** How a call wants to be treated, beside what it asks. */
export interface CallTerms {
  readonly priority: Priority;
  /** When the job ends as expired, from its acceptance; its caller waits as long. In milliseconds. */
  readonly deadlineMs: number;
}

const TIMEOUT_MS_MAX = 24 * 3_600_000;
const priority = z.enum(PRIORITIES);
const timeoutMs = z
  .string()
  .regex(/^\d{1,8}$/)
  .transform(Number)
  .pipe(z.number().min(1).max(TIMEOUT_MS_MAX));

/**
 * The terms in a call's headers, where OpenAI's body has no place for them.
 * @throws Refusal invalid_value for a header that says nothing we know.
 */
export function callTermsOf(headers: IncomingHttpHeaders, jobDeadlineMs: number): CallTerms {
  return {
    priority: read(headers, 'x-sluice-priority', priority, `must be ${PRIORITIES.join(', ')}`) ?? 'normal',
    deadlineMs:
      read(headers, 'x-sluice-timeout-ms', timeoutMs, `must be 1 to ${TIMEOUT_MS_MAX} milliseconds`) ??
      jobDeadlineMs,
  };
}

function read<T>(
  headers: IncomingHttpHeaders,
  name: string,
  schema: z.ZodType<T>,
  rule: string,
): T | undefined {
  const value = headers[name];
  if (value === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Refusal('invalid_value', { param: name, message: `${name} ${rule}.` });
}
