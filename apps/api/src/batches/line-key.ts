import { digest } from '#common/contracts/digest.js';
import type { Idempotency } from '../admission/admission.ledger.js';

const DIGITS = 40;

/** What makes a line the same request whoever submits it: its batch and its place. Its text never changes. */
export const lineKey = (batchId: string, index: number): Idempotency => ({
  key: digest(`batch ${batchId} ${index}`, DIGITS),
  body: digest(batchId, DIGITS),
});
