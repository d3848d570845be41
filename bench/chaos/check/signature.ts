import { createHmac } from 'node:crypto';
import type { ReceivedDelivery } from '../backend/receivers.js';

/** Whether one of the signatures is that of this secret over the exact bytes (Standard Webhooks 1.0). */
export function isSigned({ id, timestamp, signature, body }: ReceivedDelivery, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const wanted = `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  return signature.split(' ').includes(wanted);
}
