import { z } from 'zod';

/** Of Alertmanager's labels and their hash. Texts are bounded by the body. */
const alert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: z.record(z.string(), z.string()),
  fingerprint: z.string().regex(/^[0-9a-f]{1,64}$/, 'is a hash in hexadecimal digits'),
});
export type Alert = z.infer<typeof alert>;

/**
 * Alertmanager's webhook payload, version 4, as far as it is used here:
 * https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export const alertmanagerPayload = z.object({
  version: z.literal('4'),
  alerts: z.array(alert).max(1_000),
});
export type AlertmanagerPayload = z.infer<typeof alertmanagerPayload>;
