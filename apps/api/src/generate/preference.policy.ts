import type { GenerateRequest } from './generate.schema.js';

export interface Defaults {
  readonly syncWaitMs: number;
  readonly jobDeadlineMs: number;
}

export interface Plan {
  readonly mode: 'sync' | 'async' | 'stream';
  /** How long the call waits for the answer; 0 when it does not. */
  readonly waitMs: number;
  /** When the job ends as expired, from its acceptance. */
  readonly deadlineMs: number;
  /** For `Preference-Applied`; empty when no preference was honoured. */
  readonly applied: readonly string[];
}

/** The longest a connection is held open for an answer. */
const SYNC_WAIT_MS_MAX = 600_000;

/**
 * How a request wants to be answered. The body's own fields come before the `Prefer` header (RFC 7240: `respond-async`,
 * `wait=N` in seconds). A synchronous job always gets its full deadline: its caller may come back for it. A stream goes on
 * until its job's deadline.
 */
export function planAnswer(
  request: Pick<GenerateRequest, 'mode' | 'timeout_ms'> & { readonly stream?: boolean },
  prefer: string | undefined,
  defaults: Defaults,
): Plan {
  const preferred = parsePrefer(prefer);
  const mode = request.mode ?? (preferred.isAsync ? 'async' : 'sync');
  const applied = request.mode === undefined && preferred.isAsync ? ['respond-async'] : [];
  if (mode === 'async') {
    return { mode, waitMs: 0, deadlineMs: request.timeout_ms ?? defaults.jobDeadlineMs, applied };
  }
  if (request.stream === true) {
    const deadlineMs = request.timeout_ms ?? defaults.jobDeadlineMs;
    return { mode: 'stream', waitMs: deadlineMs, deadlineMs, applied };
  }
  const isWaitPreferred = request.timeout_ms === undefined && preferred.waitSeconds !== null;
  const wanted =
    request.timeout_ms ??
    (preferred.waitSeconds === null ? defaults.syncWaitMs : preferred.waitSeconds * 1_000);
  const waitMs = Math.min(wanted, SYNC_WAIT_MS_MAX);
  return {
    mode,
    waitMs,
    deadlineMs: Math.max(defaults.jobDeadlineMs, waitMs),
    applied: isWaitPreferred ? [`wait=${Math.ceil(waitMs / 1_000)}`] : applied,
  };
}

function parsePrefer(header: string | undefined): { isAsync: boolean; waitSeconds: number | null } {
  const preferences = (header ?? '')
    .split(',')
    .map((part) => (part.split(';')[0] ?? '').trim().toLowerCase());
  const wait = preferences
    .map((part) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(part)?.[1])
    .find((n) => n !== undefined);
  return {
    isAsync: preferences.includes('respond-async'),
    waitSeconds: wait === undefined ? null : Number(wait),
  };
}
