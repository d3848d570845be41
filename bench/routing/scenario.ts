export interface BackendPlan {
  readonly id: string;
  /** Calls it works on at once; others wait there in line. */
  readonly slots: number;
  /** What a call takes once it is worked on: log-normal. */
  readonly medianMs: number;
  readonly sigma: number;
  readonly maxConnections: number;
  readonly weight: number;
  readonly priority: number;
  readonly usdPerCall: number;
}

export interface Scenario {
  readonly backends: readonly BackendPlan[];
  /** This backend refuses connections from then until then, and cuts those that are open. */
  readonly death: { readonly id: string; readonly fromMs: number; readonly untilMs: number };
  readonly workers: number;
  readonly slotsPerWorker: number;
  /** Jobs that belong to the same of so many conversations have the same key. */
  readonly conversations: number;
  readonly deadlineMs: number;
  readonly attemptsMax: number;
  /** How long a refused connection takes to be noticed. */
  readonly refusalMs: number;
  /** How often workers hear how many calls the others have open. */
  readonly activeEveryMs: number;
  /** How often workers hear of the circuits. */
  readonly circuitsEveryMs: number;
  readonly healthEveryMs: number;
  /** Offered load as a part of what all backends sustain together. */
  readonly load: number;
  readonly seconds: number;
}

const usual = { sigma: 0.3, maxConnections: 64, weight: 1 } as const;

export const scenarioOf = (seconds: number, load: number): Scenario => ({
  backends: [
    { ...usual, id: 'a', slots: 16, medianMs: 400, priority: 0, usdPerCall: 0.002 },
    { ...usual, id: 'b', slots: 32, medianMs: 1_200, priority: 2, usdPerCall: 0.001 },
    { ...usual, id: 'c', slots: 16, medianMs: 400, priority: 1, usdPerCall: 0.0025 },
  ],
  death: { id: 'c', fromMs: 60_000, untilMs: 120_000 },
  workers: 4,
  slotsPerWorker: 64,
  conversations: 200,
  deadlineMs: 30_000,
  attemptsMax: 3,
  refusalMs: 5,
  activeEveryMs: 1_000,
  circuitsEveryMs: 50,
  healthEveryMs: 10_000,
  load,
  seconds,
});

/** The mean of a log-normal is e^(σ²/2) times its median. */
export const meanMs = ({ medianMs, sigma }: BackendPlan): number => medianMs * Math.exp(sigma ** 2 / 2);

/** Calls a second that it can take for ever, by Little's law. */
export const sustainedPerSecond = (plan: BackendPlan): number => (1_000 * plan.slots) / meanMs(plan);

export const offeredPerSecond = ({ backends, load }: Scenario): number =>
  load * backends.reduce((sum, plan) => sum + sustainedPerSecond(plan), 0);
