import { rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** A Unix socket or a port of 127.0.0.1 that leads to a Unix socket until it is cut, and again when it is mended. */
export class CutSocket {
  private server: Server | null = null;
  private readonly open = new Set<Socket>();

  constructor(
    readonly at: string | number,
    private readonly target: string,
  ) {}

  async mend(): Promise<void> {
    const server = createServer((from) => {
      const to = createConnection(this.target);
      for (const [one, other] of [
        [from, to],
        [to, from],
      ] as const) {
        this.open.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          this.open.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.at, resolve));
  }

  async cut(): Promise<void> {
    const { server } = this;
    this.server = null;
    for (const socket of this.open) socket.destroy();
    await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
    if (typeof this.at === 'string') rmSync(this.at, { force: true });
  }
}
