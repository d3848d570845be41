import type { CallOutcome } from '../backends/backend.js';

/** `error.type` of a call: the status that a backend answered, else what was wrong. Null: nothing was, or we hung up. */
export function errorTypeOf(outcome: CallOutcome): string | null {
  switch (outcome.kind) {
    case 'completed':
    case 'aborted':
      return null;
    case 'refused':
      return String(outcome.status);
    case 'throttled':
      return '429';
    case 'unavailable':
      return outcome.status === undefined ? outcome.because : String(outcome.status);
    case 'garbled':
      return outcome.because;
  }
}
