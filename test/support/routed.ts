import { routeConfig, backendConfig } from '../../libs/common/src/config/backend-config.js';
import { Metrics } from '../../libs/common/src/observability/metrics.js';
import type { Backend, CallOutcome, Piece } from '../../apps/worker/src/backends/backend.js';
import type { BackendDirectory, KnownBackend } from '../../apps/worker/src/backends/backend-directory.js';
import { CallBackend } from '../../apps/worker/src/backends/call-backend.js';
import { Measurements } from '../../apps/worker/src/backends/routing/measurements.js';
import { Router } from '../../apps/worker/src/backends/router.js';
import { OutcomeWindow } from '../../apps/worker/src/presence/outcome-window.js';
import { bestFit } from '../../libs/common/src/contracts/model-pattern.js';
import type { GenerationTask } from '../../libs/common/src/contracts/generation.js';

export interface FakeCall {
  readonly backend: string;
  readonly task: GenerationTask;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
  readonly end: (outcome: CallOutcome) => void;
}

/** What the world is like for a router: everybody is well, unless a test says otherwise. */
export interface World {
  backends: (Record<string, unknown> & { id: string })[];
  routes: Record<string, unknown>;
  /** By backend: null ends only by the test or as aborted. The last answer is given from then on. */
  answers: Record<string, (CallOutcome | null)[]>;
  circuits: Record<string, 'closed' | 'due' | { openMs: number }>;
  ill: Set<string>;
  /** Permits left, by backend; absent: as many as wanted. */
  permits: Record<string, number>;
}

export const usage = { input_tokens: 3, output_tokens: 4 };
export const completed: CallOutcome = {
  kind: 'completed',
  answer: { text: 'Hello', finishReason: 'stop', usage },
};
export const garbled: CallOutcome = { kind: 'garbled', because: 'not-json' };
export const cut: CallOutcome = { kind: 'unavailable', because: 'connection' };

/** A router over backends that do what a test says, with everything that it learns from. */
export function routed(changes: Partial<World> = {}) {
  const world: World = {
    backends: [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
    routes: { '*': { strategy: 'priority' } },
    answers: {},
    circuits: {},
    ill: new Set(),
    permits: {},
    ...changes,
  };
  const metrics = new Metrics({});
  const calls: FakeCall[] = [];
  const reports: [string, CallOutcome['kind'], boolean][] = [];
  const known = world.backends.map((given, index) =>
    knownBackend({ priority: index, ...given }, world, calls),
  );
  const routes = Object.entries(world.routes).map(([pattern, route]) => [pattern, routeConfig.parse(route)]);
  const directory = {
    list: () => known,
    serving: (model: string) => known.filter(({ config }) => bestFit(config.models, model) !== null),
    routeOf: (model: string) =>
      (routes.find(([pattern]) => pattern === model) ?? routes.find(([pattern]) => pattern === '*'))?.[1],
  } as unknown as BackendDirectory;
  const circuits = {
    availability: (id: string) => world.circuits[id] ?? ('closed' as const),
    claimProbe: async (id: string) => {
      if (world.circuits[id] !== 'due') return false;
      world.circuits[id] = { openMs: 1_000 };
      return true;
    },
    report: (id: string, _model: string, outcome: CallOutcome, isProbe: boolean) => {
      reports.push([id, outcome.kind, isProbe]);
    },
  };
  const permits = {
    take: async (id: string) => {
      const left = world.permits[id] ?? Infinity;
      if (left <= 0) return null;
      world.permits[id] = left - 1;
      return { release: () => void (world.permits[id] = (world.permits[id] ?? 0) + 1) };
    },
    freeSoon: () => new Promise<void>((resolve) => setImmediate(resolve)),
    fleetActive: () => 0,
  };
  const measurements = new Measurements();
  const health = { isWell: (id: string) => !world.ill.has(id) };
  const router = new Router({ directory, circuits, health, permits, measurements, prices: {}, metrics });
  const outcomes = { count: () => undefined };
  const window = new OutcomeWindow();
  const callBackend = new CallBackend({ circuits, measurements, router, permits, outcomes, window, metrics });
  return { world, router, callBackend, directory, metrics, calls, reports, circuits, window };
}

function knownBackend(given: Record<string, unknown>, world: World, calls: FakeCall[]): KnownBackend {
  const config = backendConfig.parse({ kind: 'simulator', ...given });
  const client: Backend = {
    id: config.id,
    kind: config.kind,
    endpoints: ['chat'],
    check: async () => null,
    call: (task, signal, onPiece: (piece: Piece) => void) => {
      const answers = world.answers[config.id] ?? [completed];
      const so = calls.filter(({ backend }) => backend === config.id).length;
      const answer = answers[Math.min(so, answers.length - 1)] ?? null;
      return new Promise<CallOutcome>((resolve) => {
        const say = (text: string): void => {
          onPiece({ text });
        };
        calls.push({ backend: config.id, task, signal, say, end: resolve });
        if (answer !== null) resolve(answer);
        signal.addEventListener('abort', () => {
          resolve({ kind: 'aborted' });
        });
      });
    },
  };
  return { config, client, source: 'file' };
}
