import type { DeliveryStatus } from '#common/contracts/webhook.js';
import { judgeFailure } from './schedule.policy.js';

/** What came of one call. `answer` is the beginning of what the receiver said. */
export type Sent =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly retryAfterMs: number | null;
      readonly answer: string;
    }
  | { readonly kind: 'unanswered'; readonly because: string };

export interface Verdict {
  readonly status: DeliveryStatus;
  /** Null when it is delivered. */
  readonly error: string | null;
  /** Until the next attempt; null when there is none. */
  readonly delayMs: number | null;
  /** The receiver said that it is there no more. */
  readonly isGone: boolean;
}

export interface Circumstances {
  readonly number: number;
  readonly dice: number;
  readonly stepsMs: readonly number[];
}

/** What an attempt makes of its delivery: 2xx delivers it, 410 ends it, anything else is tried again while attempts are left. */
export function judgeSent(sent: Sent, { number, dice, stepsMs }: Circumstances): Verdict {
  if (sent.kind === 'answered' && sent.status >= 200 && sent.status < 300)
    return { status: 'delivered', error: null, delayMs: null, isGone: false };
  const error = sent.kind === 'answered' ? sentenceOf(sent.status) : sent.because;
  if (sent.kind === 'answered' && sent.status === 410)
    return { status: 'dead', error, delayMs: null, isGone: true };
  const retryAfterMs = sent.kind === 'answered' ? sent.retryAfterMs : null;
  const delayMs = judgeFailure({ number, retryAfterMs, dice }, stepsMs);
  return { status: delayMs === null ? 'dead' : 'pending', error, delayMs, isGone: false };
}

function sentenceOf(status: number): string {
  if (status === 410) return 'answered 410: the receiver is gone';
  if (status >= 300 && status < 400) return `answered ${status}: redirects are not followed`;
  return `answered ${status}`;
}
