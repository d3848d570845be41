import type { Redis } from 'ioredis';
import { z } from 'zod';
import { digest } from '#common/contracts/digest.js';
import { jsonOf } from '#common/contracts/json-of.js';
import { keys } from '#common/redis/keys.js';
import { LuaScript } from '#common/redis/lua-script.js';
import { type AdaptiveState, OUTCOMES_MIN, type Outcomes } from './adaptive.policy.js';

const tallyScript = new LuaScript(new URL('./tally.lua', import.meta.url));
const judgeScript = new LuaScript(new URL('./judge.lua', import.meta.url));

const SLICE_MS = 10_000;
/** What nothing has been heard of for so long is forgotten: its rate is admitted in full again. */
const TTL_MS = 10 * 60_000;
/** Callers may invent models. */
const MODELS_MAX = 1_000;

const tallied = jsonOf(
  z.object({
    slice_ends_ms: z.number(),
    closed: z.record(
      z.string(),
      z.object({
        window: z.string(),
        succeeded: z.number(),
        failed: z.number(),
        factor: z.number(),
        streak: z.number(),
      }),
    ),
  }),
);
/** What waits to be judged, by backend, with what is thought of the backend so far; and when the slice ends, in ms. */
export type Tallied = z.infer<typeof tallied>;

export interface Judged {
  readonly backend: string;
  /** The closed window, as it was told. */
  readonly window: string;
  readonly state: AdaptiveState;
}

const ids = z.array(z.string());

/** The only code that writes adaptive windows and factors. */
export class AdaptiveLedger {
  /** `redis` is a fail-fast connection: what it does not take now is told again. */
  constructor(
    private readonly redis: Redis,
    private readonly times: { readonly sliceMs: number; readonly ttlMs: number } = {
      sliceMs: SLICE_MS,
      ttlMs: TTL_MS,
    },
  ) {}

  /** Adds outcomes by backend. Whoever serves the model is named, with zeros too: a silent backend counts as healthy. */
  async tally(model: string, outcomes: ReadonlyMap<string, Outcomes>): Promise<Tallied> {
    const words = {
      model,
      digest: modelDigest(model),
      slice_ms: this.times.sliceMs,
      ttl_ms: this.times.ttlMs,
      outcomes_min: OUTCOMES_MIN,
      models_max: MODELS_MAX,
      backends: Object.fromEntries(
        [...outcomes].map(([backend, { succeeded, failed }]) => [backend, [succeeded, failed]]),
      ),
    };
    return tallied.parse(
      await tallyScript.run(
        this.redis,
        [...this.keysOf(model), keys.adaptiveModels],
        [JSON.stringify(words)],
      ),
    );
  }

  /** Answers the backends whose windows were still to be judged; of the others somebody else was first. */
  async judge(model: string, judged: readonly Judged[]): Promise<ReadonlySet<string>> {
    const args = judged.flatMap(({ backend, window, state }) => [
      backend,
      window,
      state.factor,
      state.streak,
    ]);
    const reply = await judgeScript.run(this.redis, this.keysOf(model), [this.times.ttlMs, ...args]);
    return new Set(ids.parse(reply));
  }

  private keysOf(model: string): string[] {
    const name = modelDigest(model);
    return [keys.adaptiveWindows(name), keys.adaptiveFactors(name)];
  }
}

const modelDigest = (model: string): string => digest(model, 16);
