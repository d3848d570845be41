import { Refusal } from '#common/errors/refusal.js';
import type { Logger } from '#common/observability/logger.js';
import { untraced } from '#common/observability/tracing.js';

export interface ViewersOptions {
  /** Makes one snapshot. What it throws is told to the viewers, as trouble. */
  readonly read: () => Promise<object>;
  readonly logger: Pick<Logger, 'debug'>;
}

const EVERY_MS = 1_000;
const VIEWERS_MAX = 50;
/** After so long a viewer has to come back, and shows again that it may. */
const VIEW_MS_MAX = 10 * 60_000;
const READ_WITHIN_MS = 5_000;
/** With nothing to say for so long, a comment keeps proxies from closing the connection. */
const HEARTBEAT_MS = 10_000;

const RETRY = 'retry: 1000\n\n';
const HEARTBEAT = ': nothing yet\n\n';

interface Viewer {
  isGone: boolean;
  /** Ends its wait for something new. */
  wake: () => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * Whoever looks at the dashboard. One snapshot is made each second, however many look, and none while nobody does. A
 * viewer that reads slowly misses snapshots: the newest one only is kept for it.
 */
export class Viewers {
  private readonly viewers = new Set<Viewer>();
  private newest: { readonly text: string; readonly number: number } | null = null;
  private number = 0;
  private beganMs = -EVERY_MS;
  private isSampling = false;
  private reading: Promise<object> | null = null;
  private isStopping = false;
  private endRest: () => void = () => undefined;

  constructor(private readonly options: ViewersOptions) {}

  get count(): number {
    return this.viewers.size;
  }

  /**
   * The events of one viewer, until it leaves, its time is over or this process stops.
   * @throws Refusal dashboard_full, before anything is sent.
   */
  open(left: AbortSignal): AsyncGenerator<string, void, undefined> {
    if (this.viewers.size >= VIEWERS_MAX) throw new Refusal('dashboard_full', { retryAfterSeconds: 1 });
    const leave = (): void => {
      this.leave(viewer);
    };
    const viewer: Viewer = { isGone: false, wake: () => undefined, timer: setTimeout(leave, VIEW_MS_MAX) };
    // Whatever becomes of the generator, which may never be asked again: the place is free when the viewer is gone.
    this.viewers.add(viewer);
    left.addEventListener('abort', leave, { once: true });
    if (left.aborted || this.isStopping) leave();
    // It samples for all that come, long after this viewer's request.
    untraced(() => void this.sample());
    return this.events(viewer);
  }

  /** Ends all views; their pages come back, to another process. */
  stop(): void {
    this.isStopping = true;
    for (const viewer of this.viewers) this.leave(viewer);
  }

  private leave(viewer: Viewer): void {
    clearTimeout(viewer.timer);
    this.viewers.delete(viewer);
    viewer.isGone = true;
    viewer.wake();
    if (this.viewers.size === 0) this.endRest();
  }

  private async *events(viewer: Viewer): AsyncGenerator<string, void, undefined> {
    let seen = 0;
    try {
      yield RETRY;
      while (!viewer.isGone) {
        if (this.newest !== null && this.newest.number > seen) {
          seen = this.newest.number;
          yield this.newest.text;
        } else if (await isSilent(viewer)) {
          yield HEARTBEAT;
        }
      }
    } finally {
      this.leave(viewer);
    }
  }

  /** Runs while anybody looks. Whoever comes and goes all the time causes no more snapshots than one who stays. */
  private async sample(): Promise<void> {
    if (this.isSampling) return;
    this.isSampling = true;
    if (this.restMs() <= 0) this.newest = null;
    while (this.viewers.size > 0) {
      // A rest ends when the last viewer leaves, and another may have come since.
      if (this.restMs() > 0) {
        await this.rest();
        continue;
      }
      this.beganMs = performance.now();
      const text = await this.sampled();
      this.newest = { text, number: ++this.number };
      for (const { wake } of this.viewers) wake();
      if (this.viewers.size > 0) await this.rest();
    }
    this.isSampling = false;
  }

  private restMs(): number {
    return this.beganMs + EVERY_MS - performance.now();
  }

  /** Until the next snapshot is due; no longer than somebody looks. */
  private rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, this.restMs()));
      this.endRest = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async sampled(): Promise<string> {
    try {
      return eventOf('snapshot', await within(this.read(), READ_WITHIN_MS));
    } catch (error) {
      this.options.logger.debug({ err: error }, 'the dashboard could not be read');
      return eventOf('trouble', { at_ms: Date.now(), message: 'Redis cannot be read just now.' });
    }
  }

  /** One that takes too long goes on, and is waited for again: two must not overlap. */
  private read(): Promise<object> {
    this.reading ??= this.options.read().finally(() => {
      this.reading = null;
    });
    return this.reading;
  }
}

const eventOf = (name: string, data: object): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** Waits for something new. Answers whether there was nothing for as long as a heartbeat. */
function isSilent(viewer: Viewer): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, HEARTBEAT_MS, true);
    viewer.wake = () => {
      clearTimeout(timer);
      resolve(false);
    };
  });
}

function within<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`nothing within ${ms} ms`));
    }, ms);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
    });
  });
}
