import { type ChildProcess, fork } from 'node:child_process';
import { endChild, exitOf } from '#scripts/local/child-end.js';
import { LaunchError } from '#scripts/local/launch-error.js';
import { type RunOrder, type Sample, sample } from './runs.js';

const STOP = [{ signal: 'SIGKILL', waitMs: 5_000 }] as const;

/** The bench's side of a load generator, which is a process of its own. */
export class Generator {
  private readonly exited: ReturnType<typeof exitOf>;

  private constructor(private readonly child: ChildProcess) {
    this.exited = exitOf(child);
    child.on('error', () => undefined);
  }

  static async start(script: string, args: readonly string[]): Promise<Generator> {
    const generator = new Generator(
      fork(script, args, { detached: true, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
    );
    await generator.heard();
    return generator;
  }

  async run(order: RunOrder): Promise<Sample> {
    const answer = this.heard();
    this.child.send(order);
    return sample.parse(await answer);
  }

  stop(): Promise<void> {
    return endChild(this.child, this.exited, STOP);
  }

  private heard(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.child.once('message', resolve);
      void this.exited.then(() => reject(new LaunchError('A load generator ended by itself.')));
    });
  }
}
