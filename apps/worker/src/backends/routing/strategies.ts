import type { ConfigFile } from '#common/config/config-file.js';
import type { PriceConfig } from '#common/config/words.js';
import type { GenerationTask } from '#common/contracts/generation.js';
import { costUsd } from '#common/contracts/price.js';
import type { BackendDirectory, KnownBackend } from '../backend-directory.js';
import type { Permits } from '../permits/permits.js';
import { priceAt } from '../price-at.js';
import type { BackendView } from './backend-view.js';
import { chooseBackend } from './choose.policy.js';
import type { Measurements } from './measurements.js';

/** A backend that may be called, under the model that it would be called for. */
export interface Callable {
  readonly backend: KnownBackend;
  readonly model: string;
}

export interface StrategiesParts {
  readonly directory: Pick<BackendDirectory, 'routeOf'>;
  readonly permits: Pick<Permits, 'fleetActive'>;
  readonly measurements: Pick<Measurements, 'of'>;
  readonly prices: ConfigFile['prices'];
}

const TURNS_MAX = 10_000;

/** Of those that may be called, the one that the strategy of the task's model prefers, by what is known of each. */
export class Strategies {
  private readonly turns = new Map<string, number>();

  constructor(private readonly parts: StrategiesParts) {}

  /** @throws RangeError when there is nobody to choose from. */
  choose<One extends Callable>(callable: readonly One[], task: GenerationTask): One {
    const [first] = callable;
    if (first === undefined) throw new RangeError('nobody to choose from');
    if (callable.length === 1) return first;
    const { strategy } = this.parts.directory.routeOf(task.model);
    const views = callable.map((one) => this.view(one, task));
    const dice = [Math.random(), Math.random()] as const;
    const view = chooseBackend(strategy, views, { key: task.route_key, turn: this.turn(task.model), dice });
    return callable.find(({ backend }) => backend.config.id === view?.id) ?? first;
  }

  private view({ backend: { config }, model }: Callable, task: GenerationTask): BackendView {
    const { permits, measurements, prices } = this.parts;
    const { latencyMs, baseLatencyMs, success, capacity } = measurements.of(
      config.id,
      model,
      performance.now(),
    );
    return {
      id: config.id,
      weight: config.weight,
      priority: config.priority,
      active: permits.fleetActive(config.id),
      maxConnections: config.max_connections,
      costUsd: expectedCost(priceAt(config.prices, prices, model), task),
      latencyMs,
      baseLatencyMs,
      success,
      capacity,
    };
  }

  private turn(model: string): number {
    if (this.turns.size >= TURNS_MAX) this.turns.clear();
    const turn = this.turns.get(model) ?? Math.floor(Math.random() * 1_000);
    this.turns.set(model, turn + 1);
    return turn;
  }
}

const expectedCost = (
  price: PriceConfig | null,
  { input_tokens, max_tokens }: GenerationTask,
): number | null => (price === null ? null : costUsd(price, { input_tokens, output_tokens: max_tokens }));
