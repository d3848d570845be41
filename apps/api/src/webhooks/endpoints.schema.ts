import { z } from 'zod';
import { DISABLED_BECAUSE, WEBHOOK_EVENTS } from '#common/contracts/webhook.js';
import { webhookUrl } from './webhook-url.schema.js';

const DAY_SECONDS = 86_400;
export const seconds = z.number().describe('Unix time in seconds.');

const events = z
  .array(z.enum(WEBHOOK_EVENTS))
  .min(1)
  .max(WEBHOOK_EVENTS.length)
  .refine((names) => new Set(names).size === names.length, 'names an event twice')
  .describe('Which ends it is told.');
const description = z
  .string()
  .min(1)
  .max(200)
  // PostgreSQL keeps no NUL.
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not hold control characters')
  .refine((text) => text.isWellFormed(), 'holds half of a surrogate pair, which is not Unicode text')
  .describe('For people.');

export const newEndpoint = z
  .strictObject({
    url: webhookUrl,
    events: events.default([...WEBHOOK_EVENTS]),
    description: description.optional(),
  })
  .meta({ example: { url: 'https://example.com/hooks/sluice', events: ['job.completed', 'job.failed'] } });
export type NewEndpoint = z.infer<typeof newEndpoint>;

export const endpointPatch = z.strictObject({
  url: webhookUrl.optional(),
  events: events.optional(),
  description: description.nullable().optional(),
  is_enabled: z
    .boolean()
    .optional()
    .describe('true also forgets what it was disabled for, and since when it fails.'),
});
export type EndpointPatch = z.infer<typeof endpointPatch>;

/** Of an endpoint's secret, or the default one. */
export const secretRotation = z
  .strictObject({
    grace_seconds: z
      .number()
      .int()
      .min(0)
      .max(7 * DAY_SECONDS)
      .default(DAY_SECONDS)
      .describe('How long the secret before it signs as well.'),
  })
  .prefault({});
export type SecretRotation = z.infer<typeof secretRotation>;

const secret = z.string().describe('`whsec_` and base64 of 32 bytes (Standard Webhooks 1.0).');
const previousUntil = seconds
  .nullable()
  .describe('Until when the secret before the last rotation signs as well.');

export const endpointView = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  description: z.string().nullable(),
  disabled_because: z
    .enum(DISABLED_BECAUSE)
    .nullable()
    .describe('owner, gone (it answered 410) or failing (it only failed for 5 days); null while it is told.'),
  disabled_at: seconds.nullable(),
  failing_since: seconds
    .nullable()
    .describe('Since when every attempt has failed; null when the last one did not.'),
  previous_until: previousUntil,
  created_at: seconds,
});
export type EndpointView = z.infer<typeof endpointView>;

export const endpointWithSecret = endpointView.extend({
  secret: secret.describe('Shown in this answer and never again.'),
});
export type EndpointWithSecret = z.infer<typeof endpointWithSecret>;

export const endpointList = z.object({ endpoints: z.array(endpointView) });

export const defaultSecretView = z.object({ secret, previous_until: previousUntil });
export type DefaultSecretView = z.infer<typeof defaultSecretView>;
