import { setMaxListeners } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Caller } from './client/caller.js';
import { Ledger } from './client/ledger.js';
import { runLoad } from './client/load.js';
import type { Evidence } from './evidence/evidence.js';
import { EventTail } from './evidence/event-tail.js';
import { readDefects, readRows, readSeen, untilSettled } from './evidence/gather.js';
import { readJobs } from './evidence/redis-look.js';
import { readSecrets } from './evidence/secrets.js';
import type { ChaosOptions } from './options.js';
import { KILL_CARDS, stormCards } from './weather/cards.js';
import { describeFault, type Fault, planFaults } from './weather/schedule.js';
import { Storm } from './world/storm.js';
import { World } from './world/world.js';

const QUIET_AT_FIRST_MS = 2_000;
const CALM_SHARE = 0.15;
const CALM_MS = [6_000, 30_000] as const;
const SHORT_MINUTES = 2;
/** From the last request until nothing is owed any more, beyond the last deadline. */
const SETTLES_MS = 60_000;
/** A delivery that failed twice is sent again after 30 s, one that failed three times after two minutes. */
const HOOKS_SETTLE_MS = { short: 60_000, long: 240_000 };

export interface RunSurroundings {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** What a run is, besides its seed. */
export const termsOf = ({ minutes, jobs }: ChaosOptions) => {
  const isShort = jobs === null && minutes < SHORT_MINUTES;
  return { isShort, jobDeadlineMs: isShort ? 25_000 : 60_000, failuresMax: isShort ? 1 : 2 };
};

export function faultsOf({ seed, minutes, jobs, hasWebhooks }: ChaosOptions): Fault[] {
  const lengthMs = minutes * 60_000;
  const calmMs = Math.min(Math.max(lengthMs * CALM_SHARE, CALM_MS[0]), CALM_MS[1]);
  return planFaults({
    seed,
    windowMs: [QUIET_AT_FIRST_MS, jobs === null ? lengthMs - calmMs : lengthMs],
    gapMs: jobs === null ? 2_200 : 8_000,
    cards: jobs === null ? stormCards(hasWebhooks) : KILL_CARDS,
  });
}

/** One run: fleet, storm and callers at once, then calm until all is settled, then everything that can be known of it. */
export class ChaosRun {
  readonly world: World;
  private readonly ownExits: string[] = [];
  private readonly failedStarts: string[] = [];
  private readonly ledger = new Ledger();

  constructor(
    private readonly options: ChaosOptions,
    private readonly around: RunSurroundings,
  ) {
    const { jobDeadlineMs, failuresMax } = termsOf(options);
    this.world = new World({
      seed: options.seed,
      jobDeadlineMs,
      failuresMax,
      hasLinks: options.jobs === null,
      diary: {
        endedByItself: (name, how) => this.ownExits.push(`${name}: ${how}`),
        failedToStart: (name, why) => this.failedStarts.push(`${name}: ${why}`),
      },
    });
  }

  async execute(): Promise<Evidence> {
    const { world, around } = this;
    await world.start();
    around.signal.throwIfAborted();
    const tail = new EventTail(world.redisUrl);
    const redis = new Redis(world.redisUrl, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    tail.start();
    // Every request listens for the end.
    setMaxListeners(0, around.signal);
    const delay = monitorEventLoopDelay();
    delay.enable();
    try {
      const storm = await this.weather();
      around.say('Calm: waiting until all is settled');
      const { isShort, jobDeadlineMs } = termsOf(this.options);
      const { hasWebhooks } = this.options;
      const hooksMs = hasWebhooks ? HOOKS_SETTLE_MS[isShort ? 'short' : 'long'] : 0;
      const withinMs = jobDeadlineMs + SETTLES_MS + hooksMs;
      const leftovers = await this.abortable(untilSettled(redis, { withinMs, hasWebhooks }));
      const entries = [...this.ledger.entries.values()];
      return {
        entries,
        jobs: await readJobs(redis),
        seen: await readSeen(entries, world.apis),
        rows: await readRows(world.databaseUrl),
        events: tail.counts,
        calls: world.backend.calls,
        deliveries: world.receivers.deliveries,
        secrets: hasWebhooks ? await readSecrets(entries, world.apis) : null,
        leftovers,
        happened: storm.happened,
        ownExits: this.ownExits,
        failedStarts: this.failedStarts,
        defects: readDefects(world.home),
        heldUpMs: Math.round(delay.max / 1e6),
      };
    } finally {
      delay.disable();
      redis.disconnect();
      await tail.stop();
    }
  }

  /** Requests and faults at once, until enough was sent. */
  private async weather(): Promise<Storm> {
    const { options, world, ledger, around } = this;
    const { seed, minutes, jobs, rate, hasWebhooks } = options;
    const endsAt = performance.now() + minutes * 60_000;
    const isEnough = (): boolean =>
      performance.now() > endsAt || (jobs !== null && ledger.acknowledgedCount >= jobs);
    const enough = new AbortController();
    const begun = performance.now();
    const storm = new Storm(world.targets, (fault) => {
      around.say(
        `${((performance.now() - begun) / 1_000).toFixed(1).padStart(6)} s  ${describeFault(fault)}`,
      );
    });
    const caller = new Caller({
      ledger,
      apis: world.apis,
      hookUrlOf: ({ receiver, marker }) =>
        receiver === null ? null : `http://127.0.0.1:${world.receiversPort}/${receiver}/${marker}`,
      over: around.signal,
    });
    const run = seed.toString(36);
    const load = runLoad(
      caller,
      { seed, run, hasReceivers: hasWebhooks, perSecond: rate, isEnough },
      around.signal,
    );
    const watch = this.abortWhen(enough, isEnough);
    const raging = storm.run(faultsOf(options), enough.signal, around.signal);
    world.storming = raging.catch(() => undefined);
    await this.abortable(Promise.all([load, raging, watch]));
    around.signal.throwIfAborted();
    return storm;
  }

  private async abortWhen(controller: AbortController, isEnough: () => boolean): Promise<void> {
    while (!isEnough() && !this.around.signal.aborted) await pause(100);
    controller.abort();
  }

  private async abortable<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.around;
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
    });
    return Promise.race([work, aborted]);
  }
}
