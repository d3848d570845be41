import { z } from 'zod';
import { DELIVERY_STATUSES, WEBHOOK_EVENTS } from '#common/contracts/webhook.js';
import { seconds } from './endpoints.schema.js';

/** The end of the year 9999: what comes after it PostgreSQL and we write differently. */
const UNIX_MS_MAX = 253_402_300_799_999;

/** A moment, as Unix seconds or as ISO 8601 with its zone. */
const moment = z
  .union([z.number(), z.string().max(40)])
  .transform((value, context) => {
    const date = dateOf(value);
    if (date !== null) return date;
    context.addIssue({ code: 'custom', message: 'must be Unix seconds, or ISO 8601 with a zone' });
    return z.NEVER;
  })
  .meta({ example: '2026-01-31T00:00:00Z' });

function dateOf(value: number | string): Date | null {
  const unixMs = unixMsOf(value);
  return unixMs >= 0 && unixMs <= UNIX_MS_MAX ? new Date(unixMs) : null;
}

/** NaN for what is no moment. */
function unixMsOf(value: number | string): number {
  if (typeof value === 'number' || /^\d{1,12}(?:\.\d{1,6})?$/.test(value)) return Number(value) * 1_000;
  return z.iso.datetime({ offset: true }).safeParse(value).success ? Date.parse(value) : NaN;
}

/** The delivery after which a page goes on: its `created_at` in Unix ms, and its id. */
const cursor = z
  .string()
  .regex(/^\d{1,14}-msg_[0-9a-f]{40}$/, 'is none of ours; start again without it')
  .transform((text): Cursor => {
    const at = text.indexOf('-');
    return { createdAt: new Date(Number(text.slice(0, at))), id: text.slice(at + 1) };
  });

export interface Cursor {
  readonly createdAt: Date;
  readonly id: string;
}

export const cursorOf = ({ createdAt, id }: Cursor): string => `${createdAt.getTime()}-${id}`;

const endpointId = z.string().regex(/^whe_[0-9a-f-]{36}$/, 'is no id of an endpoint');
const status = z.enum(DELIVERY_STATUSES);

export const deliveryQuery = z.object({
  status: status.optional(),
  endpoint_id: endpointId.optional(),
  job_id: z
    .string()
    .regex(/^job_[0-9a-f-]{36}$/, 'is no id of a job')
    .optional(),
  event: z.enum(WEBHOOK_EVENTS).optional(),
  from: moment.optional().describe('Made then or later: Unix seconds, or ISO 8601 with a zone.'),
  to: moment.optional().describe('Made before that.'),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: cursor.optional(),
});
export type DeliveryQuery = z.infer<typeof deliveryQuery>;

export const replayRequest = z
  .strictObject({
    from: moment.describe('Made then or later: Unix seconds, or ISO 8601 with a zone.'),
    to: moment.describe('Made before that.'),
    status: status
      .default('dead')
      .describe('pending: those that the queue has lost are put into it again, without a new round.'),
    endpoint_id: endpointId.optional(),
    cursor: cursor.optional().describe('next_cursor of the call before.'),
  })
  .refine(({ from, to }) => from < to, { message: 'must be before to', path: ['from'] })
  .meta({ example: { from: '2026-01-31T00:00:00Z', to: '2026-02-01T00:00:00Z' } });
export type ReplayRequest = z.infer<typeof replayRequest>;

export const deliveryView = z.object({
  id: z.string().describe('webhook-id: the same on every attempt and replay.'),
  status: status.describe('pending: an attempt is to come; dead: none is, until it is replayed.'),
  event: z.enum(WEBHOOK_EVENTS),
  job_id: z.string(),
  endpoint_id: z.string().nullable().describe('Null: the job named the URL.'),
  url: z.string(),
  round: z.number().int().describe('How often it was replayed.'),
  attempts: z.number().int().describe('Of this round.'),
  created_at: seconds,
  last_attempt_at: seconds.nullable(),
  next_attempt_at: seconds.nullable(),
  delivered_at: seconds.nullable(),
  response_status: z.number().int().nullable().describe('Of the last answer.'),
  error: z.string().nullable().describe('Why the last attempt did not count.'),
});
export type DeliveryView = z.infer<typeof deliveryView>;

export const deliveryList = z.object({
  deliveries: z.array(deliveryView),
  next_cursor: z.string().nullable().describe('Send it as cursor for the next page; null on the last.'),
});
export type DeliveryList = z.infer<typeof deliveryList>;

const attemptView = z.object({
  number: z.number().int().describe('Within its round, from 1.'),
  round: z.number().int(),
  at: seconds,
  latency_ms: z.number(),
  response_status: z.number().int().nullable(),
  error: z.string().nullable(),
  answer: z.string().nullable().describe('The first 1,024 bytes of it.'),
});
export type AttemptView = z.infer<typeof attemptView>;

export const deliveryDetail = deliveryView.extend({
  body: z.string().describe('The bytes that are sent and signed.'),
  attempts_made: z.array(attemptView).describe('Oldest first; the newest 200.'),
});
export type DeliveryDetail = z.infer<typeof deliveryDetail>;

export const replayedOne = deliveryView
  .pick({ id: true, status: true, round: true })
  .describe('What the delivery is now.');
export type ReplayedOne = z.infer<typeof replayedOne>;

export const replayedMany = z.object({
  replayed: z.number().int(),
  skipped: z
    .number()
    .int()
    .describe('Those whose endpoint is deleted or disabled, and those that somebody else replayed.'),
  next_cursor: z.string().nullable().describe('Send it as cursor to go on; null when all is done.'),
});
export type ReplayedMany = z.infer<typeof replayedMany>;
