import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

const EVERY_MS = 1_000;
const ADDED_MAX = 20;

const workerList = z.object({ workers: z.array(z.object({ id: z.string() })) });
const backendList = z.object({ backends: z.array(z.object({ id: z.string() })) });
const routeList = z.object({ routes: z.array(z.object({ pattern: z.string() })) });

/**
 * Takes back, once a second, what administrators' requests did that would keep all later ones from reaching anything: drained
 * workers, paused queues, the removed simulator, very many backends and routes.
 */
export class Gardener {
  private readonly ended = new AbortController();
  private readonly work: Promise<void>;

  constructor(private readonly port: number) {
    this.work = this.run();
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await this.work;
  }

  private async run(): Promise<void> {
    while (!this.ended.signal.aborted) {
      await this.tidy().catch(() => undefined);
      await pause(EVERY_MS, undefined, { signal: this.ended.signal }).catch(() => undefined);
    }
  }

  private async tidy(): Promise<void> {
    for (const pool of ['default', 'large']) await this.ask('POST', `/admin/queues/${pool}/resume`);
    await this.ask('POST', '/admin/backends/simulator/restore');
    const { workers } = workerList.parse(await this.ask('GET', '/admin/workers'));
    for (const { id } of workers) await this.ask('POST', `/admin/workers/${encodeURIComponent(id)}/resume`);
    const { backends } = backendList.parse(await this.ask('GET', '/admin/backends'));
    for (const { id } of backends.filter((each) => each.id !== 'simulator').slice(0, -ADDED_MAX))
      await this.ask('DELETE', `/admin/remove-backend/${encodeURIComponent(id)}`);
    const { routes } = routeList.parse(await this.ask('GET', '/admin/routes'));
    for (const { pattern } of routes.slice(0, -ADDED_MAX))
      await this.ask('DELETE', `/admin/routes/${encodeURIComponent(pattern)}`);
  }

  private async ask(method: string, path: string): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      signal: AbortSignal.any([this.ended.signal, AbortSignal.timeout(5_000)]),
    });
    return response.json();
  }
}
