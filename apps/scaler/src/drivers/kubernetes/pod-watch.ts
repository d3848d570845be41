import { type Pod, pod, watchEvent } from './cluster-answers.js';
import type { Fleet, WorkerPods } from './worker-pods.js';

/** The server ends it then; the next list begins another one. */
const WATCHES_S = 300;
/** How far behind a list it may be. */
const BEHIND_MS_MAX = 500;

/**
 * Sees what happens to pods between two lists: how those ended that a list does not have any more. Without it, or while it is cut
 * off, nobody knows how they ended.
 */
export class PodWatch {
  private end: AbortController | null = null;
  private last: Pod[] = [];
  private readonly deleted = new Set<string>();
  private tell: () => void = () => undefined;

  constructor(private readonly pods: WorkerPods) {}

  /** Goes on from this list, unless it is going on already. */
  follow(fleet: Fleet): void {
    if (this.end !== null) return;
    const end = new AbortController();
    this.end = end;
    const overdue = AbortSignal.timeout((WATCHES_S + 30) * 1_000);
    void this.read(fleet, AbortSignal.any([end.signal, overdue])).finally(() => {
      if (this.end === end) this.end = null;
      this.tell();
    });
  }

  /** Until it has seen these pods go. A watch that is cut off has seen all that it will. */
  async catchUp(names: readonly string[]): Promise<void> {
    const until = performance.now() + BEHIND_MS_MAX;
    while (this.end !== null && names.some((name) => !this.deleted.has(name))) {
      const leftMs = until - performance.now();
      if (leftMs <= 0) return;
      await this.news(leftMs);
    }
  }

  /** Pods as they were changed or taken away since the last call, the newest last. */
  take(): readonly Pod[] {
    const taken = this.last;
    this.last = [];
    this.deleted.clear();
    return taken;
  }

  stop(): void {
    this.end?.abort();
    this.end = null;
  }

  private async read(fleet: Fleet, end: AbortSignal): Promise<void> {
    try {
      for await (const line of this.pods.watch(fleet, WATCHES_S, end)) this.see(line);
    } catch {
      // A version that the server has forgotten, a role that does not allow it, a cut connection: the next list tries again.
    }
  }

  private see(line: string): void {
    const { type, object } = watchEvent.parse(JSON.parse(line));
    // An ERROR (410: that version is forgotten) is followed by the end of the answer.
    if (type !== 'MODIFIED' && type !== 'DELETED') return;
    const changed = pod.parse(object);
    this.last.push(changed);
    if (type === 'DELETED') this.deleted.add(changed.metadata.name);
    this.tell();
  }

  private news(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.tell = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
