import type { CallOutcome } from '../../apps/worker/src/backends/backend.js';
import {
  availability,
  claimProbe,
  HEALTHY,
  hurry,
  observe,
  reportOf,
  sliceOf,
  tick,
} from '../../apps/worker/src/backends/circuits/circuit.policy.js';
import type { CircuitState } from '../../libs/common/src/contracts/circuit.js';
import type { Heard } from './naive-circuit.js';

const START = 1_800_000_000_000;
/** No jitter. */
const EVEN = 0.5;

export const ANSWERED: CallOutcome = {
  kind: 'completed',
  answer: { text: '', finishReason: 'stop', usage: { input_tokens: 1, output_tokens: 1 } },
};
export const REFUSED: CallOutcome = { kind: 'refused', status: 400 };
export const THROTTLED: CallOutcome = { kind: 'throttled', retryAfterMs: null };
export const CONNECTION: CallOutcome = { kind: 'unavailable', because: 'connection' };
export const SERVER_ERROR: CallOutcome = { kind: 'unavailable', because: 'server-error' };
export const TIMEOUT: CallOutcome = { kind: 'unavailable', because: 'timeout' };
export const GARBLED: CallOutcome = { kind: 'garbled', because: 'not-json' };
export const ABORTED: CallOutcome = { kind: 'aborted' };

/** What each says about the backend. */
export const HEARD_AS = new Map<CallOutcome, Heard | null>([
  [ANSWERED, 'success'],
  [REFUSED, 'success'],
  [SERVER_ERROR, 'failure'],
  [TIMEOUT, 'failure'],
  [GARBLED, 'failure'],
  [CONNECTION, 'connection'],
  [THROTTLED, null],
  [ABORTED, null],
]);
/** A circuit with a clock that only the test moves. */
export class PlayedCircuit {
  state: CircuitState = HEALTHY;
  now = START;

  hear(outcome: CallOutcome, by: string | null = null, dice = EVEN): this {
    const report = reportOf(outcome, sliceOf(this.now), by);
    if (report !== null) this.state = observe(this.state, report, this.now, dice);
    return this;
  }

  hearTimes(times: number, outcome: CallOutcome): this {
    for (let at = 0; at < times; at++) this.hear(outcome);
    return this;
  }

  claim(by: string): boolean {
    this.pass(0);
    const claimed = claimProbe(this.state, by, this.now);
    this.state = claimed ?? this.state;
    return claimed !== null;
  }

  hurry(): this {
    this.state = hurry(this.pass(0).state, this.now);
    return this;
  }

  pass(ms: number): this {
    this.now += ms;
    this.state = tick(this.state, this.now, EVEN);
    return this;
  }

  get answer(): 'closed' | 'due' | 'open' {
    const answer = availability(tick(this.state, this.now, EVEN), this.now);
    return typeof answer === 'string' ? answer : 'open';
  }

  /** Until it is due, in ms. */
  get openMs(): number {
    const answer = availability(this.state, this.now);
    return typeof answer === 'string' ? 0 : answer.openMs;
  }
}
