import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NaiveCircuit } from '../../../../../test/support/naive-circuit.js';
import {
  ABORTED,
  ANSWERED,
  CONNECTION,
  GARBLED,
  HEARD_AS,
  PlayedCircuit,
  REFUSED,
  SERVER_ERROR,
  THROTTLED,
  TIMEOUT,
} from '../../../../../test/support/played-circuit.js';
import { HEALTHY, isHealthy, OPEN_MS, OPEN_MS_MAX, PROBE_MS_MAX } from './circuit.policy.js';

const anyOutcome = fc.constantFrom(...HEARD_AS.keys());
const prober = fc.constantFrom('w1', 'w2', 'w3');

const opened = () => new PlayedCircuit().hearTimes(5, CONNECTION);
const failingProbe = (circuit: PlayedCircuit) => {
  circuit.pass(circuit.openMs);
  circuit.claim('w');
  return circuit.hear(SERVER_ERROR, 'w');
};

interface Naive {
  readonly circuit: NaiveCircuit;
}

/** One step, taken by both; afterwards both tell callers the same. */
class Step implements fc.Command<Naive, PlayedCircuit> {
  constructor(
    private readonly name: string,
    private readonly take: (naive: NaiveCircuit, real: PlayedCircuit) => void,
  ) {}

  check(): boolean {
    return true;
  }

  run({ circuit }: Naive, real: PlayedCircuit): void {
    this.take(circuit, real);
    expect(real.answer).toBe(circuit.answer(real.now));
  }

  toString(): string {
    return this.name;
  }
}

const steps = [
  fc.oneof(fc.nat(3_000), fc.nat(40_000), fc.nat(200_000), fc.constant(10_000)).map((ms) => {
    return new Step(`pass ${ms}`, (_, real) => {
      real.now += ms;
    });
  }),
  fc.tuple(anyOutcome, fc.integer({ min: 1, max: 12 })).map(([outcome, times]) => {
    return new Step(`${times} × ${JSON.stringify(outcome)}`, (naive, real) => {
      const heard = HEARD_AS.get(outcome) ?? null;
      for (let at = 0; at < times; at++) if (heard !== null) naive.call(heard, real.now);
      real.hearTimes(times, outcome);
    });
  }),
  prober.map((by) => {
    return new Step(`${by} claims`, (naive, real) => {
      expect(real.claim(by)).toBe(naive.claim(by, real.now));
    });
  }),
  fc.tuple(prober, anyOutcome).map(([by, outcome]) => {
    return new Step(`${by} probed ${JSON.stringify(outcome)}`, (naive, real) => {
      const heard = HEARD_AS.get(outcome) ?? null;
      const isAlive = heard === 'success' || outcome.kind === 'throttled';
      const lost = heard === null ? 'given-back' : 'failed';
      naive.probed(by, isAlive ? 'alive' : lost, real.now);
      real.hear(outcome, by);
    });
  }),
  fc.constant(
    new Step('found alive', (naive, real) => {
      naive.foundAlive(real.now);
      real.hurry();
    }),
  ),
];

describe('a circuit', () => {
  it('does in every order of events what a naive circuit does that remembers every call', () => {
    fc.assert(
      fc.property(fc.commands(steps, { maxCommands: 60 }), (commands) => {
        fc.modelRun(() => ({ model: { circuit: new NaiveCircuit() }, real: new PlayedCircuit() }), commands);
      }),
      { numRuns: 300 },
    );
  });

  it('lets one probe through at a time, until it has ended or is 30 s old', () => {
    const events = fc.array(fc.tuple(prober, fc.nat(20_000), fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(events, (probes) => {
        const circuit = opened();
        let busy: { by: string; until: number } | null = null;
        for (const [by, ms, isEnding] of probes) {
          circuit.pass(ms);
          if (busy !== null && (circuit.now >= busy.until || (isEnding && busy.by === by))) {
            circuit.hear(SERVER_ERROR, by);
            busy = null;
          }
          if (!circuit.claim(by)) continue;
          expect(busy).toBeNull();
          busy = { by, until: circuit.now + PROBE_MS_MAX };
        }
      }),
    );
  });

  it('never opens under 20 calls without 5 connection errors in a row', () => {
    const few = fc.array(anyOutcome, { maxLength: 19 });
    fc.assert(
      fc.property(few, (outcomes) => {
        const circuit = new PlayedCircuit();
        let streak = 0;
        for (const outcome of outcomes) {
          const heard = HEARD_AS.get(outcome) ?? null;
          if (heard !== null) streak = heard === 'connection' ? streak + 1 : 0;
          if (streak === 5) return;
          expect(circuit.hear(outcome).answer).toBe('closed');
        }
      }),
    );
  });

  it('opens by the 20th call of a window when half of them failed, in whatever order', () => {
    const halves = fc
      .shuffledSubarray([...Array(20).keys()], { minLength: 10, maxLength: 20 })
      .map((failing) => Array.from({ length: 20 }, (_, at) => (failing.includes(at) ? TIMEOUT : ANSWERED)));
    fc.assert(
      fc.property(halves, fc.nat(1_200), (outcomes, everyMs) => {
        const circuit = new PlayedCircuit();
        for (const outcome of outcomes) circuit.pass(everyMs).hear(outcome);
        expect(circuit.answer).toBe('open');
      }),
    );
  });

  it('opens by 5 connection errors in a row, and not when anything else came between', () => {
    expect(opened().answer).toBe('open');
    for (const between of [ANSWERED, REFUSED, SERVER_ERROR, GARBLED]) {
      const circuit = new PlayedCircuit().hearTimes(4, CONNECTION).hear(between).hearTimes(4, CONNECTION);
      expect(circuit.answer).toBe('closed');
    }
    const unmoved = new PlayedCircuit()
      .hearTimes(4, CONNECTION)
      .hear(THROTTLED)
      .hear(ABORTED)
      .hear(CONNECTION);
    expect(unmoved.answer).toBe('open');
  });

  it('does not count what the caller did wrong, a 429 or a hang-up as a failure', () => {
    const circuit = new PlayedCircuit();
    for (const outcome of [REFUSED, THROTTLED, ABORTED]) circuit.hearTimes(100, outcome);
    expect(isHealthy(circuit.state)).toBe(true);
  });

  it('is closed and forgets everything after a probe that found the backend alive', () => {
    for (const outcome of [ANSWERED, REFUSED, THROTTLED]) {
      const circuit = failingProbe(failingProbe(opened()));
      circuit.pass(circuit.openMs);
      expect(circuit.claim('w')).toBe(true);
      expect(circuit.hear(outcome, 'w').state).toEqual(HEALTHY);
      expect(circuit.hearTimes(5, CONNECTION).openMs).toBe(OPEN_MS);
    }
  });

  it('stays open for 10 s, twice as long each time the probe fails, and for 120 s at most', () => {
    const circuit = opened();
    const times = [circuit.openMs];
    for (let at = 0; at < 6; at++) times.push(failingProbe(circuit).openMs);
    expect(times).toEqual([10_000, 20_000, 40_000, 80_000, 120_000, 120_000, 120_000]);
  });

  it('varies the time it stays open by a fifth either way, never past 120 s', () => {
    const openFor = (dice: number) => {
      const circuit = new PlayedCircuit().hearTimes(4, CONNECTION);
      return circuit.hear(CONNECTION, null, dice).openMs;
    };
    expect(openFor(0)).toBe(0.8 * OPEN_MS);
    expect(openFor(0.999_999)).toBe(1.2 * OPEN_MS);
    const circuit = opened();
    for (let at = 0; at < 6; at++) failingProbe(circuit);
    circuit.pass(circuit.openMs).claim('w');
    expect(circuit.hear(TIMEOUT, 'w', 0.999_999).openMs).toBe(OPEN_MS_MAX);
  });

  it('is due again at once when its probe was aborted', () => {
    const circuit = opened().pass(OPEN_MS);
    circuit.claim('w1');
    expect(circuit.answer).toBe('open');
    expect(circuit.hear(ABORTED, 'w1').answer).toBe('due');
    expect(circuit.claim('w2')).toBe(true);
  });

  it('counts a probe as failed after 30 s, and closes when its success comes after all', () => {
    const circuit = opened().pass(OPEN_MS);
    circuit.claim('w1');
    circuit.pass(PROBE_MS_MAX);
    expect(circuit.openMs).toBe(2 * OPEN_MS);
    expect(circuit.hear(TIMEOUT, 'w1').openMs).toBe(2 * OPEN_MS);
    expect(circuit.hear(ANSWERED, 'w1').answer).toBe('closed');
  });

  it('is not moved by calls that began before it opened, or by a probe of somebody else', () => {
    const circuit = opened();
    circuit.hearTimes(50, ANSWERED);
    expect(circuit.answer).toBe('open');
    circuit.pass(OPEN_MS).claim('w1');
    circuit.hearTimes(50, ANSWERED).hear(ANSWERED, 'w2').hear(SERVER_ERROR, 'w2');
    expect(circuit.state).toMatchObject({ kind: 'half-open', probe: { by: 'w1' } });
  });

  it('is due as soon as a health check succeeds, but not before its shortest time is over', () => {
    const circuit = failingProbe(failingProbe(failingProbe(opened())));
    expect(circuit.pass(4_000).hurry().openMs).toBe(6_000);
    expect(circuit.pass(6_000).answer).toBe('due');
    const later = failingProbe(failingProbe(failingProbe(opened())));
    expect(later.pass(15_000).hurry().answer).toBe('due');
  });

  it('forgets failures with the window, and an open circuit that nobody asks for', () => {
    const circuit = new PlayedCircuit().hearTimes(19, SERVER_ERROR).pass(30_000);
    expect(circuit.state).toEqual(HEALTHY);
    expect(opened().pass(OPEN_MS + 10 * 60_000).state).toEqual(HEALTHY);
  });
});
