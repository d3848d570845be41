import type { LedgerEntry, Sending } from '../client/ledger.js';
import type { Mode } from '../client/request-plan.js';
import { SYNC_WAIT_MS } from '../client/request-plan.js';
import type { Evidence } from '../evidence/evidence.js';
import { redisLink } from '../weather/cards.js';
import type { Happened } from '../world/storm.js';
import { type Finding, unexpected } from './finding.js';

/** With limits that nobody reaches, only the weather may refuse. */
const REFUSED_BY = new Set(['dependency_unavailable', 'overloaded', 'backend_unavailable', 'stopping']);
const ENDED_BY = new Set([
  ...['job_cancelled', 'deadline_exceeded', 'backend_bad_response', 'backend_unavailable'],
  ...['stream_interrupted', 'worker_crashed', 'stopping'],
]);
/** What a busy machine may add. */
const SLACK_MS = 10_000;
/** A job past its deadline is ended with the next sweep, which another fault may hold up. */
const SWEPT_MS = 35_000;

/** Everybody was answered, in time, and with a code that the weather explains. */
export function checkRefusals(evidence: Evidence, jobDeadlineMs: number): Finding[] {
  return evidence.entries.flatMap((entry) => [
    ...unanswered(entry),
    ...entry.sendings.flatMap((sending) => [
      ...code(entry, sending),
      ...hung(entry, sending, {
        happened: evidence.happened,
        boundMs: boundMs(entry.plan.mode, jobDeadlineMs) + 2 * evidence.heldUpMs,
      }),
    ]),
    ...entry.cancels.flatMap((cancel) =>
      cancel.kind === 'refused' && !REFUSED_BY.has(cancel.code)
        ? [unexpected(`a cancellation was answered ${cancel.status} ${cancel.code}`, entry.plan.marker)]
        : [],
    ),
  ]);
}

function unanswered({ plan, sendings }: LedgerEntry): Finding[] {
  const told = sendings.at(-1)?.told;
  if (told === undefined) return [unexpected('a request has no answer at all', plan.marker)];
  const isOwed = plan.idempotencyKey !== null && told.kind === 'unknown';
  return isOwed ? [unexpected('a request with a key was never answered', plan.marker, told.because)] : [];
}

function code({ plan }: LedgerEntry, { told, api }: Sending): Finding[] {
  const isWrong =
    (told.kind === 'refused' && !REFUSED_BY.has(told.code)) ||
    (told.kind === 'ended' && !ENDED_BY.has(told.code));
  return isWrong ? [unexpected(`a request was answered ${told.status} ${told.code}`, plan.marker, api)] : [];
}

function boundMs(mode: Mode, jobDeadlineMs: number): number {
  switch (mode) {
    case 'sync':
      return SYNC_WAIT_MS;
    case 'async':
      return 0;
    case 'chat':
    case 'chat-stream':
      return jobDeadlineMs + 1_000;
    case 'stream':
      return jobDeadlineMs + SWEPT_MS;
  }
}

function hung(
  { plan }: LedgerEntry,
  { api, sentMs, tookMs }: Sending,
  { happened, boundMs }: { readonly happened: readonly Happened[]; readonly boundMs: number },
): Finding[] {
  const excuses = happened.filter(({ fault }) => [api, 'redis', redisLink(api)].includes(fault.target));
  const excusedMs = excuses.reduce((sum, { fromMs, untilMs }) => {
    return sum + Math.max(0, Math.min(untilMs, sentMs + tookMs) - Math.max(fromMs, sentMs));
  }, 0);
  if (tookMs <= boundMs + excusedMs + SLACK_MS) return [];
  const detail = `${plan.mode} took ${Math.round(tookMs)} ms at ${api}, of which faults explain ${Math.round(excusedMs)}`;
  return [unexpected('a request hung longer than it may', plan.marker, detail)];
}
