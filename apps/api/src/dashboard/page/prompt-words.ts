import { type SentEvent } from './sent-events.js';
import { numberOf, objectIn, objectOf, textOf } from './answers.parser.js';
import { count, duration, plural } from './format.js';

/** How far a job is. `restarted`: what was answered so far is void. */
export type JobNews =
  | { readonly kind: 'queued'; readonly text: string }
  | { readonly kind: 'running' }
  | { readonly kind: 'token'; readonly text: string }
  | { readonly kind: 'restarted' }
  | {
      readonly kind: 'completed';
      readonly answer: string;
      readonly facts: readonly (readonly [string, string])[];
    }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly text: string };

type Json = Readonly<Record<string, unknown>>;

/** Null for an event that this release does not know. */
export function newsOf({ event, data }: SentEvent): JobNews | null {
  const said = objectIn(data);
  switch (event) {
    case 'status':
      return textOf(said, 'status') === 'running'
        ? { kind: 'running' }
        : { kind: 'queued', text: placeText(said) };
    case 'token':
      return { kind: 'token', text: textOf(said, 'text') ?? '' };
    case 'restarted':
      return { kind: 'restarted' };
    case 'result':
      return { kind: 'completed', answer: textOf(said, 'response') ?? '', facts: factsOf(said) };
    case 'error':
      return textOf(objectOf(said, 'error'), 'code') === 'job_cancelled'
        ? { kind: 'cancelled' }
        : { kind: 'failed', text: problemText(said) };
    default:
      return null;
  }
}

/** Where a job waits, from a status event, an accepted answer or a job. */
export function placeText(job: Json): string {
  const before = numberOf(job, 'queue_position');
  const wait = numberOf(job, 'estimated_wait_ms');
  const place =
    before === null
      ? 'Waiting.'
      : before === 0
        ? 'Next in the queue.'
        : `Waiting behind ${plural(before, 'job')}.`;
  return wait === null || wait < 1_000 ? place : `${place} About ${duration(wait)} to go.`;
}

/** What went wrong, from a body with an `error` object. */
export function problemText(body: Json, status: number | null = null): string {
  const error = objectOf(body, 'error');
  const message = textOf(error, 'message');
  const code = textOf(error, 'code');
  if (message === null) return status === null ? 'Something went wrong.' : `The server answered ${status}.`;
  return code === null ? message : `${message} (${code})`;
}

export function factsOf(result: Json): (readonly [string, string])[] {
  const usage = objectOf(result, 'usage');
  const cost = numberOf(result, 'cost_usd');
  const known = (label: string, value: string | null): (readonly [string, string])[] =>
    value === null ? [] : [[label, value]];
  const inAndOut = [numberOf(usage, 'input_tokens'), numberOf(usage, 'output_tokens')];
  return [
    ...known('Waited', duration(numberOf(result, 'queue_wait_ms'))),
    ...known('Backend call', duration(numberOf(result, 'processing_time_ms'))),
    ...known('Tokens', `${count(inAndOut[0] ?? null)} in, ${count(inAndOut[1] ?? null)} out`),
    ...known('Cost', cost === null ? null : `$${cost.toFixed(6)}`),
    ...known('Model', textOf(result, 'model')),
    ...known('Backend', textOf(result, 'backend_id')),
    ...known('Worker', textOf(result, 'worker_id')),
    ...known('Finish reason', textOf(result, 'finish_reason')),
  ];
}
