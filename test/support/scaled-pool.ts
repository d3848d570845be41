import { Redis } from 'ioredis';
import { jsonOf } from '#common/contracts/json-of.js';
import { type ScalingOrder, type ScalingReport, scalingReport } from '#common/contracts/scaling.js';
import { type WorkerPresence, workerPresence } from '#common/contracts/worker-presence.js';
import { keys } from '#common/redis/keys.js';
import type { LocalProcess } from '../../scripts/local/process.js';
import { generate, send } from './client.js';
import { eventually } from './eventually.js';
import { Stack } from './stack.js';

/** Where the workers of a suite come from. */
export interface Place {
  readonly driver: 'process' | 'docker';
  /** What a scaler needs besides. */
  readonly env: Readonly<Record<string, string>>;
  /** The `scaler` section of the configuration. */
  readonly scaler: Readonly<Record<string, unknown>>;
  /** Takes away the workers that outlive their scaler. `redisUrl` tells whose they are. */
  cleanUp(redisUrl: string): Promise<void>;
}

export interface ScaledPlan {
  readonly place: Place;
  readonly scaling?: Readonly<Record<string, unknown>>;
  readonly scalers?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Calls of a second, of twelve and of sixty, and calls that fail. */
export const PROFILES = JSON.stringify({
  'sim-second': { latency_ms: 1_000, latency_sigma: 0, tokens_per_second: 0 },
  'sim-twelve': { latency_ms: 12_000, latency_sigma: 0, tokens_per_second: 0 },
  'sim-minute': { latency_ms: 60_000, latency_sigma: 0, tokens_per_second: 0 },
  'sim-broken': { latency_ms: 50, error_rate: 1, error_kind: 'server_error' },
});

/** Windows as short as a cold start allows, so that a fleet shrinks within a test. */
const QUICK = {
  min: 1,
  max: 4,
  slots: 4,
  down_window_seconds: 5,
  surge_freeze_seconds: 5,
};

const report = jsonOf(scalingReport);
const heartbeat = jsonOf(workerPresence);

/** An API, scalers and the workers they run, over a Redis of their own. */
export class ScaledPool {
  private constructor(
    readonly stack: Stack,
    readonly scalers: LocalProcess[],
    readonly look: Redis,
    private readonly plan: ScaledPlan,
  ) {}

  static async start(plan: ScaledPlan): Promise<ScaledPool> {
    const { place, scaling, scalers = 1, env } = plan;
    const stack = await Stack.start({
      workers: 0,
      env: {
        SIMULATOR_PROFILES: PROFILES,
        WORKER_DRAIN_MS: '25000',
        SCALER_DRIVER: place.driver,
        ...place.env,
        ...env,
      },
      config: {
        tiers: { anonymous: {} },
        scaler: { tick_seconds: 0.5, ...place.scaler },
        pools: { default: { models: ['*'], scaling: { ...QUICK, ...scaling } } },
      },
    });
    const pool = new ScaledPool(stack, [], stack.look(), plan);
    for (let index = 0; index < scalers; index += 1) await pool.startScaler();
    return pool;
  }

  async startScaler(): Promise<LocalProcess> {
    const scaler = await this.stack.startScaler();
    this.scalers.push(scaler);
    return scaler;
  }

  /** The newest report; null before the first. */
  async report(): Promise<ScalingReport | null> {
    const read = report.safeParse(await this.look.get(keys.scalerReport('default')));
    return read.success ? read.data : null;
  }

  /** The workers whose heartbeat is there. */
  async workers(): Promise<WorkerPresence[]> {
    const ids = await this.look.zrangebyscore(keys.workers, '-inf', '+inf');
    if (ids.length === 0) return [];
    const texts = await this.look.mget(ids.map((id) => keys.worker(id)));
    return texts
      .map((text) => heartbeat.safeParse(text))
      .flatMap(({ data }) => (data?.roles.includes('generate') === true ? [data] : []));
  }

  /** Waits until so many workers, and no others, are there and take jobs. */
  async untilWorkers(count: number, withinMs = 60_000): Promise<WorkerPresence[]> {
    return eventually(
      `${count} ready workers`,
      async () => {
        const workers = await this.workers();
        const isSo = workers.length === count && workers.every(({ state }) => state === 'ready');
        return isSo ? workers : null;
      },
      { withinMs, everyMs: 100 },
    );
  }

  /** Waits for a report of which `says` holds. */
  async untilReport(
    what: string,
    says: (report: ScalingReport) => boolean,
    withinMs = 60_000,
  ): Promise<ScalingReport> {
    return eventually(
      what,
      async () => {
        const said = await this.report();
        return said !== null && says(said) ? said : null;
      },
      { withinMs, everyMs: 50 },
    );
  }

  /** As an administrator or an alert would. */
  async order(kind: ScalingOrder['kind'], workers: number | null, minutes = 10): Promise<void> {
    const order: ScalingOrder = {
      id: kind,
      kind,
      workers,
      until_ms: Date.now() + minutes * 60_000,
      source: 'admin',
      because: 'a test asks for it',
    };
    await this.look.hset(keys.scalerOrders('default'), kind, JSON.stringify(order));
  }

  async submit(model: string, count: number): Promise<string[]> {
    const asked = Array.from({ length: count }, async () => {
      // On a crowded machine Redis may be silent for 400 ms; then the API says so, and a caller asks again.
      return eventually(
        'a job to be accepted',
        async () => {
          const asked = await generate(this.stack.url(), { prompt: 'work', model, mode: 'async' });
          return asked.status === 202 ? String(asked.body['job_id']) : null;
        },
        { withinMs: 20_000 },
      );
    });
    return Promise.all(asked);
  }

  async job(id: string): Promise<Record<string, unknown>> {
    return eventually(
      `job ${id}`,
      async () => {
        const said = await send(`${this.stack.url()}/jobs/${id}`);
        // 202: not ended yet.
        return said.status < 300 ? said.body : null;
      },
      { withinMs: 20_000 },
    );
  }

  /** Waits until all have ended, and answers how. One after another: the machine has other things to do than to answer questions. */
  async untilEnded(ids: readonly string[], withinMs = 120_000): Promise<Record<string, unknown>[]> {
    const deadline = performance.now() + withinMs;
    const ended: Record<string, unknown>[] = [];
    for (const id of ids) {
      const job = await eventually(
        `job ${id} to end`,
        async () => {
          const said = await send(`${this.stack.url()}/jobs/${id}?wait=5`);
          return said.status === 200 ? said.body : null;
        },
        { withinMs: deadline - performance.now(), everyMs: 250 },
      );
      ended.push(job);
    }
    return ended;
  }

  /** The scaler that acts. */
  async leader(): Promise<LocalProcess> {
    return eventually('a leader', async () => {
      for (const scaler of this.scalers) {
        const metrics = await fetch(`http://127.0.0.1:${scaler.port}/metrics`)
          .then((response) => response.text())
          .catch(() => '');
        if (/^sluice_scaler_leader(?:\{[^}]*\})? 1$/m.test(metrics)) return scaler;
      }
      return null;
    });
  }

  async stop(): Promise<void> {
    await this.stack.redis.thaw().catch(() => undefined);
    for (const scaler of this.scalers) scaler.thaw();
    await Promise.all(this.scalers.map((scaler) => scaler.stop(50_000)));
    this.look.disconnect();
    await this.plan.place.cleanUp(this.stack.redis.url);
    await this.stack.stop();
  }
}
