import { Refusal } from '#common/errors/refusal.js';
import type { Admission } from './admission-answer.js';
import { limitHeaders } from './limit-headers.js';
import type { CountedTerms } from './admission-terms.policy.js';

type Refused = Exclude<Admission, { kind: 'admitted' | 'replayed' }>;

/** A full queue empties at a pace that nobody may know: look again soon. */
const QUEUE_FULL_SECONDS = 5;
/** A lease ends when some job does; nobody knows when. */
const LEASE_SECONDS = 1;

const RULE_SENTENCES: Readonly<Record<string, string>> = {
  requests: 'you send more requests a minute than your tier allows. Wait as Retry-After says.',
  tokens:
    'you ask for more tokens a minute than your tier allows. Wait as Retry-After says, or lower max_tokens.',
  concurrent: 'you have as many unfinished jobs as your tier allows. Wait for one to end.',
  queued: 'you have as many waiting jobs as your tier allows. Wait for one to start.',
};

/** What a caller is told who may not enter. */
export function refusalOf(refused: Refused, counted: CountedTerms): Refusal {
  switch (refused.kind) {
    case 'reused':
      return new Refusal('idempotency_key_reused');
    case 'queue_full':
      return new Refusal('queue_full', { retryAfterSeconds: QUEUE_FULL_SECONDS });
    case 'overloaded':
      return new Refusal('overloaded', {
        message: `The wait is about ${seconds(refused.wait_ms)} s, longer than the deadline allows. Wait as Retry-After says, or allow more time.`,
        retryAfterSeconds: Math.max(1, refused.retry_ms / 1_000),
        headers: limitHeaders(counted, refused.limits),
      });
    case 'refused': {
      const headers = limitHeaders(counted, refused.limits);
      const [rule = ''] = refused.rule.split(':');
      if (rule === 'budget' || rule === 'key_budget') {
        const whose = rule === 'budget' ? 'you' : 'this key';
        return new Refusal('insufficient_quota', {
          message: `Rule ${rule}: ${whose} would spend more than the budget of the day. It begins anew at midnight UTC.`,
          retryAfterSeconds: refused.retry_ms / 1_000,
          headers,
        });
      }
      return new Refusal('rate_limit_exceeded', {
        message: `Rule ${rule}: ${RULE_SENTENCES[rule] ?? 'a limit is reached.'}`,
        retryAfterSeconds: refused.retry_ms === 0 ? LEASE_SECONDS : refused.retry_ms / 1_000,
        headers,
      });
    }
  }
}

const seconds = (ms: number): number => Math.ceil(ms / 1_000);
