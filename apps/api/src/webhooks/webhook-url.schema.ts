import { z } from 'zod';

export const URL_CHARACTERS_MAX = 2_048;

/** Whether it may be called is judged by the guard (judge-url.ts). */
export const webhookUrl = z
  .string()
  .min(1)
  .max(URL_CHARACTERS_MAX)
  .meta({ format: 'uri' })
  .describe('http or https; a public address, or a host of WEBHOOK_ALLOW_HOSTS.');

/** Where a job's end is told, as its caller says it. */
export interface AskedWebhook {
  readonly webhook_url?: string | undefined;
  readonly webhook_endpoint_id?: string | undefined;
}

export const webhookEndpointId = z
  .string()
  .min(1)
  .max(64)
  .describe('One of your endpoints (GET /webhooks/endpoints).');
