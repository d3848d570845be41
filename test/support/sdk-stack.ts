import OpenAI, { type ClientOptions } from 'openai';
import { OpenAiServer } from './openai-server.js';
import { Stack } from './stack.js';

/** A minute's worth of requests, of which so many may come at once. */
export const BURST = 10;

const CONFIG = {
  tiers: { anonymous: { requests: { per_minute: 60, burst: BURST } } },
  prices: { 'gpt-*': { input_usd_per_million: 1_000, output_usd_per_million: 1_000 } },
};

/** The real processes with a scripted OpenAI-compatible model for `gpt-*` and the simulator for `sim-*`, and OpenAI’s own client. */
export class SdkStack {
  private callers = 0;

  private constructor(
    readonly model: OpenAiServer,
    readonly stack: Stack,
  ) {}

  static async start(): Promise<SdkStack> {
    const model = await OpenAiServer.start();
    const backends = [
      { id: 'model', kind: 'openai', url: model.url, models: ['gpt-*'] },
      { id: 'simulator', kind: 'simulator', models: ['sim-*'] },
    ];
    return new SdkStack(model, await Stack.start({ config: { ...CONFIG, backends } }));
  }

  get url(): string {
    return `${this.stack.url()}/v1`;
  }

  /** OpenAI's client as another caller each time, so that no test spends another's limits. */
  client(options: ClientOptions = {}): OpenAI {
    this.callers++;
    return new OpenAI({ baseURL: this.url, apiKey: `sk-${process.pid}-${this.callers}`, ...options });
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    await this.model.stop();
  }
}
