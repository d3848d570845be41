import { hash } from 'node:crypto';

/** A name for a caller's text that is fit for a Redis key: the beginning of its SHA-256, in hexadecimal digits. */
export const digest = (text: string, digits = 24): string => hash('sha256', text).slice(0, digits);
