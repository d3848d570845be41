import type { BackendCall } from '../backend/fake-backend.js';
import type { Told } from '../client/ledger.js';
import { acknowledgedIds, groupBy, isVoid, tolds } from '../check/known.js';
import type { Evidence } from '../evidence/evidence.js';
import type { Happened } from '../world/storm.js';

/** From the kill of a worker to the next call for a job that it ran, in milliseconds. */
export interface Restarts {
  readonly count: number;
  readonly maxMs: number;
  /** Of those during which nothing else struck a worker or Redis. */
  readonly undisturbedMaxMs: number;
}

export interface Figures {
  readonly sent: number;
  readonly sendings: number;
  readonly told: Readonly<Record<string, number>>;
  readonly accepted: number;
  /** Accepted although nobody was told: the connection died, or the caller hung up. */
  readonly unheard: number;
  readonly withdrawn: number;
  /** Refused with 503, and run nevertheless: Redis had carried out what it did not answer. */
  readonly refusedYetRun: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly codes: Readonly<Record<string, number>>;
  readonly backendCalls: number;
  readonly extraCalls: number;
  readonly deliveredAgain: number;
  readonly hookDeliveries: number;
  readonly hookRepeats: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly failedStarts: number;
  readonly heldUpMs: number;
  readonly longestMs: Readonly<Record<string, number>>;
  readonly restarts: Restarts;
  /** Settlements seen in the event stream: those that were trimmed while Redis was away are not. */
  readonly eventsSeen: number;
}

export function figuresOf(evidence: Evidence): Figures {
  const { entries, jobs, calls, deliveries, happened } = evidence;
  const everyTold = entries.flatMap(tolds);
  const accepted = new Set(entries.flatMap((entry) => [...acknowledgedIds(entry)]));
  const byMarker = groupBy(jobs, ({ marker }) => marker);
  const refused = entries.filter((entry) => tolds(entry).at(-1)?.kind === 'refused');
  const called = new Set(calls.map(({ marker }) => marker));
  const delivered = deliveries.filter(({ answered }) => answered < 300);
  return {
    sent: entries.length,
    sendings: everyTold.length,
    told: tally(everyTold.map(({ kind }) => kind)),
    accepted: accepted.size,
    unheard: jobs.filter((job) => !isVoid(job) && !accepted.has(job.id)).length,
    withdrawn: jobs.filter(isVoid).length,
    refusedYetRun: refused.filter(({ plan }) =>
      (byMarker.get(plan.marker) ?? []).some(({ status }) => status === 'completed'),
    ).length,
    ends: tally(jobs.map(({ status }) => status)),
    codes: tally(everyTold.flatMap((told) => codeOf(told) ?? [])),
    backendCalls: calls.length,
    extraCalls: calls.length - called.size,
    deliveredAgain: jobs.filter(({ deliveries: times }) => times > 1).length,
    hookDeliveries: deliveries.length,
    hookRepeats: delivered.length - new Set(delivered.map(({ id }) => id)).size,
    faults: tally(happened.map(({ fault }) => `${fault.kind} ${fault.target.replace(/-\w$/, '')}`)),
    failedStarts: evidence.failedStarts.length,
    heldUpMs: evidence.heldUpMs,
    longestMs: longest(evidence),
    restarts: restartsOf(calls, happened),
    eventsSeen: evidence.events.size,
  };
}

const codeOf = (told: Told): string | null => ('code' in told ? `${told.status} ${told.code}` : null);

export function tally(words: readonly string[]): Record<string, number> {
  const counts = [...groupBy(words, (word) => word)].map(([word, all]) => [word, all.length] as const);
  return Object.fromEntries(counts.sort(([left], [right]) => left.localeCompare(right)));
}

function longest({ entries }: Evidence): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { plan, sendings } of entries) {
    for (const { tookMs } of sendings) found[plan.mode] = Math.max(found[plan.mode] ?? 0, Math.round(tookMs));
  }
  return found;
}

const CLOSES_WITHIN_MS = 2_000;

export function restartsOf(calls: readonly BackendCall[], happened: readonly Happened[]): Restarts {
  const byMarker = groupBy(calls, ({ marker }) => marker);
  const kills = happened.filter(({ fault }) => fault.kind === 'kill' && fault.target.startsWith('worker'));
  const gaps = kills.flatMap((kill) => {
    const cut = calls.filter(
      ({ worker, atMs, endedMs, isAnswered }) =>
        worker === kill.fault.target &&
        !isAnswered &&
        atMs < kill.fromMs &&
        endedMs !== null &&
        endedMs >= kill.fromMs &&
        endedMs < kill.fromMs + CLOSES_WITHIN_MS,
    );
    return cut.flatMap(({ marker }) => {
      const next = byMarker.get(marker)?.find(({ atMs }) => atMs > kill.fromMs);
      if (next === undefined) return [];
      const isDisturbed = happened.some(
        (other) =>
          other !== kill &&
          /worker|redis/.test(other.fault.target) &&
          other.fromMs < next.atMs &&
          other.untilMs > kill.fromMs,
      );
      return [{ ms: next.atMs - kill.fromMs, isDisturbed }];
    });
  });
  const max = (found: typeof gaps): number => Math.round(Math.max(0, ...found.map(({ ms }) => ms)));
  return {
    count: gaps.length,
    maxMs: max(gaps),
    undisturbedMaxMs: max(gaps.filter(({ isDisturbed }) => !isDisturbed)),
  };
}
