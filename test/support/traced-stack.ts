import { type Answer, generate } from './client.js';
import { answer } from './openai-answers.js';
import { OpenAiServer } from './openai-server.js';
import { OtlpCollector, type SeenSpan } from './otlp-collector.js';
import { Stack, type StackPlan } from './stack.js';
import { CALLER, spansIn } from './traces.js';

export const PROMPT = 'canary-prompt-5d1f';
export const COMPLETION = 'canary-completion-8c2e';
export const UPSTREAM = 'sk-canary-upstream-a97b';

/** The span of a worker that runs a job. */
export const WORK = 'process generate-default';

/** The real processes, which send their traces to a collector in this process, and two backends, of which the first is called first. */
export class TracedStack {
  private constructor(
    readonly collector: OtlpCollector,
    readonly first: OpenAiServer,
    readonly second: OpenAiServer,
    readonly stack: Stack,
  ) {}

  static async start(plan: StackPlan = {}): Promise<TracedStack> {
    const [collector, first, second] = await Promise.all([
      OtlpCollector.start(),
      OpenAiServer.start(),
      OpenAiServer.start(),
    ]);
    const stack = await Stack.start({
      ...plan,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_BSP_SCHEDULE_DELAY: '50',
        UPSTREAM_KEY: UPSTREAM,
        WORKER_DRAIN_MS: '300',
        ...plan.env,
      },
      config: {
        tiers: { anonymous: {} },
        backends: [backend('first', first, 1), backend('second', second, 2)],
        routes: { '*': { strategy: 'priority' } },
      },
    });
    return new TracedStack(collector, first, second, stack);
  }

  /** Both backends are well again. */
  reset(): void {
    for (const model of [this.first, this.second]) {
      model.forget();
      model.usual = answer({ text: COMPLETION, pieces: ['canary-', 'completion-8c2e'], pieceDelayMs: 20 });
    }
  }

  ask(more: Record<string, unknown> = {}, headers: Record<string, string> = {}): Promise<Answer> {
    const asked = { prompt: PROMPT, model: 'gpt-4o', metadata: { canary: CALLER }, ...more };
    return generate(this.stack.url(), asked, headers);
  }

  /** The spans of a trace, once there is one of each of these names. */
  spansOf(trace: string, ...names: string[]): Promise<SeenSpan[]> {
    return spansIn(this.collector, trace, names);
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    await Promise.all([this.collector.stop(), this.first.stop(), this.second.stop()]);
  }
}

const backend = (id: string, server: OpenAiServer, priority: number) => ({
  id,
  kind: 'openai',
  url: server.url,
  health: false,
  api_key_env: 'UPSTREAM_KEY',
  priority,
});
