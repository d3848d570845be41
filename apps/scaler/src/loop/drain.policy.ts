import { HEARTBEAT_TTL_MS } from '#common/contracts/worker-presence.js';
import type { DrivenInstance } from '../drivers/driver.js';
import type { Drain, KnownInstance } from './pool-state.js';

/** A worker that was asked to end is given so long: it finishes or hands back within 30 s, and exits after 40 s whatever hangs. */
const ENDS_WITHIN_MS = 45_000;

/**
 * The next step of a drain. cordon: it takes no more jobs, and may be taken back. stop: it is asked to end. leaves: it ends
 * already without us, and being asked twice would end it at once. kill: it did not end. over: it is gone. untold: it was written
 * down as asked, and its heartbeats say that it was not; whoever wrote that was gone before it asked.
 */
export type DrainStep = 'cordon' | 'stop' | 'leaves' | 'untold' | 'wait' | 'kill' | 'over';

export interface DrainSight {
  readonly now_ms: number;
  /** What the driver says of it; absent: the driver does not list it. */
  readonly listed: DrivenInstance['state'] | 'absent';
  readonly known: KnownInstance | undefined;
}

/** Nobody is asked to end who may be running a job, before the deadline. */
export function judgeDrain(drain: Drain, { now_ms, listed, known }: DrainSight): DrainStep {
  if (listed !== 'running') return 'over';
  if (drain.stopped_ms !== null) {
    const sinceMs = now_ms - drain.stopped_ms;
    if (sinceMs >= HEARTBEAT_TTL_MS && isWorkingOn(known)) return 'untold';
    return sinceMs >= ENDS_WITHIN_MS ? 'kill' : 'wait';
  }
  if (known === undefined || known.up_ms === null) return 'stop';
  if (known.silent_ms === null && known.state === 'draining') return 'leaves';
  if (now_ms >= drain.deadline_ms) return 'stop';
  if (known.silent_ms !== null) return 'wait';
  return isIdle(drain, known, now_ms) ? 'stop' : 'cordon';
}

/** A worker that was asked to end says `draining` with its next heartbeat. */
const isWorkingOn = (known: KnownInstance | undefined): boolean =>
  known !== undefined && known.up_ms !== null && known.silent_ms === null && known.state !== 'draining';

/** A heartbeat is kept for three beats, so only after these does it certainly speak of the time since the cordon. */
const isIdle = ({ since_ms }: Drain, { state, active }: KnownInstance, now_ms: number): boolean =>
  state === 'cordoned' && active === 0 && now_ms - since_ms >= HEARTBEAT_TTL_MS;
