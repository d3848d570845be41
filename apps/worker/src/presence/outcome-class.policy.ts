import type { OutcomeClass } from '#common/contracts/worker-presence.js';
import type { CallOutcome } from '../backends/backend.js';

/** What a call says of backends; null where it was aborted, which says nothing. */
export function outcomeClassOf(outcome: CallOutcome): OutcomeClass | null {
  switch (outcome.kind) {
    case 'completed':
      return 'succeeded';
    case 'refused':
      return 'job_bug';
    case 'throttled':
      return 'rate_limited';
    case 'garbled':
      return 'backend_5xx';
    case 'unavailable':
      return outcome.because === 'timeout' ? 'timeout' : 'backend_5xx';
    case 'aborted':
      return null;
  }
}
