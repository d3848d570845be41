import { createHash } from 'node:crypto';

/** A name for a caller's text that is fit for a Redis key: the beginning of its SHA-256, in hexadecimal digits. */
export const digest = (text: string, digits = 24): string =>
  createHash('sha256').update(text).digest('hex').slice(0, digits);
