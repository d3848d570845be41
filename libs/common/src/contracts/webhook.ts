import { z } from 'zod';
import { digest } from './digest.js';
import type { FinalStatus } from './job-status.js';

/** What can be told. The names are those of final states. */
export const WEBHOOK_EVENTS = ['job.completed', 'job.failed', 'job.cancelled', 'job.expired'] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

export const webhookEventOf = (status: FinalStatus): WebhookEvent => `job.${status}`;

/**
 * Where one job's end is told, and nowhere else (JSON in the job record and in its settlement's event). Jobs without one
 * are told to every endpoint of their tenant that wants the event.
 */
export const webhookTarget = z.union([
  z.strictObject({ url: z.string() }),
  z.strictObject({ endpoint_id: z.string() }),
  /** A line of a batch: the batch tells. */
  z.strictObject({ nobody: z.literal(true) }),
]);
export type WebhookTarget = z.infer<typeof webhookTarget>;

/** `whsec_` and base64 of 32 bytes (Standard Webhooks 1.0). While `previous_until_ms` (Unix ms) lies ahead, both sign. */
export const webhookSecret = z.object({
  secret: z.string(),
  previous_secret: z.string().nullable(),
  previous_until_ms: z.number().int().nullable(),
  /** Counts the changes of its row in PostgreSQL: an older copy never replaces a later one. Absent is 0. */
  version: z.number().int().nonnegative().optional(),
});
export type WebhookSecret = z.infer<typeof webhookSecret>;

/** Why an endpoint hears nothing: its owner, its own 410, or days of failure. */
export const DISABLED_BECAUSE = ['owner', 'gone', 'failing'] as const;
export type DisabledBecause = (typeof DISABLED_BECAUSE)[number];

/**
 * A registered endpoint as workers know it: a field, named by its id, of the hash `keys.tenantWebhooks`. The truth is in
 * PostgreSQL (`webhook_endpoints`).
 */
export const webhookEndpoint = webhookSecret.extend({
  id: z.string(),
  url: z.string(),
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  disabled_because: z.enum(DISABLED_BECAUSE).nullable(),
  /** The version with which its owner last enabled it: what was held against it from then on stays. Absent is 0. */
  enabled_version: z.number().int().nonnegative().optional(),
});
export type WebhookEndpoint = z.infer<typeof webhookEndpoint>;

/** The field of that hash with the tenant's default secret (`webhookSecret`), which signs for `webhook_url` of jobs. */
export const DEFAULT_SECRET_FIELD = 'default';

/** One entry of the BullMQ queue `webhooks`: the exact bytes and where they go. What signs them is looked up when they are sent. */
export const webhookDelivery = z.object({
  /** `webhook-id`: the same for every attempt and replay. */
  id: z.string(),
  tenant: z.string(),
  /** Null: the job named a URL. */
  endpoint_id: z.string().nullable(),
  url: z.string(),
  event: z.enum(WEBHOOK_EVENTS),
  job_id: z.string(),
  body: z.string(),
  /** When its job ended, Unix ms. */
  created_ms: z.number().int(),
  /** Counts replays; 0 is the first round of attempts. */
  round: z.number().int().nonnegative(),
  /** The span of the request that made its job, as W3C's traceparent; not of replays. */
  trace: z.string().optional(),
});
export type WebhookDelivery = z.infer<typeof webhookDelivery>;

/** The same end of the same job, told to the same receiver, has the same id, however often it is dispatched. */
export const deliveryId = (jobId: string, receiver: string): string =>
  `msg_${digest(`${jobId} ${receiver}`, 40)}`;

/** BullMQ's id of one round of a delivery. */
export const deliveryJobId = ({ id, round }: Pick<WebhookDelivery, 'id' | 'round'>): string =>
  `${id}-${round}`;

export const DELIVERY_STATUSES = ['pending', 'delivered', 'dead'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** The first part of a receiver's answer that is kept, in bytes. */
export const ANSWER_KEPT_BYTES = 1_024;

const milliseconds = z.number().int();

/** What became of deliveries: the field `entry` (JSON) of each entry of the stream `keys.webhookLog`, on its way to PostgreSQL. */
export const webhookLogEntry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('created'), delivery: webhookDelivery }),
  z.object({
    kind: z.literal('attempt'),
    delivery_id: z.string(),
    round: z.number().int(),
    number: z.number().int().positive(),
    at_ms: milliseconds,
    latency_ms: z.number().nonnegative(),
    /** The status of the answer; null when there was none. */
    response_status: z.number().int().nullable(),
    /** Why it did not count as delivered; null when it did. */
    error: z.string().nullable(),
    answer: z.string().nullable(),
    /** What this attempt made of the delivery. */
    status: z.enum(DELIVERY_STATUSES),
    next_attempt_ms: milliseconds.nullable(),
  }),
  z.object({
    kind: z.literal('disabled'),
    tenant: z.string(),
    endpoint_id: z.string(),
    because: z.enum(DISABLED_BECAUSE),
    at_ms: milliseconds,
    /** Of the endpoint that it was held against: nothing follows for one that was enabled with a later version. */
    version: z.number().int().nonnegative().optional(),
  }),
]);
export type WebhookLogEntry = z.infer<typeof webhookLogEntry>;
