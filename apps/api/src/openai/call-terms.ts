import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { PRIORITIES, type Priority } from '#common/contracts/generation.js';
import { Refusal } from '#common/errors/refusal.js';
import { type AskedWebhook, webhookEndpointId, webhookUrl } from '../webhooks/webhook-url.schema.js';
import type { WebhookParams } from '../webhooks/webhook-targets.js';

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

/** The headers that say where the end of a job is told. */
export const WEBHOOK_HEADERS: WebhookParams = {
  url: 'x-sluice-webhook-url',
  endpointId: 'x-sluice-webhook-endpoint-id',
};

/** @throws Refusal invalid_value for both of them, or for one that says nothing we know. */
export function askedWebhookOf(headers: IncomingHttpHeaders): AskedWebhook {
  const { url, endpointId } = WEBHOOK_HEADERS;
  const webhook_url = read(headers, url, webhookUrl, 'must be a URL of 1 to 2048 characters');
  const webhook_endpoint_id = read(headers, endpointId, webhookEndpointId, 'must be the id of an endpoint');
  if (webhook_url !== undefined && webhook_endpoint_id !== undefined) {
    const message = `Send ${url} or ${endpointId}, not both.`;
    throw new Refusal('invalid_value', { param: url, message });
  }
  return { webhook_url, webhook_endpoint_id };
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
