import { revive } from './revival.js';

/** A store that the processes can use. `directory` is null when somebody else runs it. */
export interface Store {
  readonly name: string;
  readonly url: string;
  readonly directory: string | null;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

interface Server {
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** A store of ours: started again when it ends by itself, and never after it was told to stop. */
export class OwnStore implements Store {
  url = '';
  private server: Server | null = null;
  private reviving: Promise<void> = Promise.resolve();
  private readonly closing = new AbortController();

  constructor(
    readonly name: string,
    readonly directory: string,
    private readonly say: (line: string) => void,
  ) {}

  get options() {
    return { directory: this.directory, onNotice: this.say, onDeath: () => this.revive() };
  }

  with(server: Server, url: string): this {
    this.server = server;
    this.url = url;
    return this;
  }

  async stop(): Promise<void> {
    this.closing.abort();
    await this.reviving;
    await this.server?.stop();
  }

  async kill(): Promise<void> {
    this.closing.abort();
    await this.reviving;
    await this.server?.kill();
  }

  private revive(): void {
    if (this.closing.signal.aborted) return;
    this.say(`${this.name} ended by itself: starting it again.`);
    const again = async (): Promise<void> => {
      await this.server?.restart();
      this.say(`${this.name} is back.`);
    };
    this.reviving = revive(again, { failures: 0, signal: this.closing.signal, say: this.say });
  }
}
