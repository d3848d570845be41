import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, generate } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { answer } from '../support/openai-answers.js';
import { OpenAiServer } from '../support/openai-server.js';
import { OtlpCollector } from '../support/otlp-collector.js';
import { Stack } from '../support/stack.js';
import { calledIn, newTrace } from '../support/traces.js';

let collector: OtlpCollector;
let model: OpenAiServer;
/** Takes connections and says nothing. */
let silence: Server;
let stack: Stack;

beforeAll(async () => {
  silence = createServer().listen(0, '127.0.0.1');
  [collector, model] = await Promise.all([
    OtlpCollector.start(),
    OpenAiServer.start(),
    once(silence, 'listening'),
  ]);
  stack = await Stack.start({
    apis: 0,
    workers: 0,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
    config: {
      tiers: { anonymous: {} },
      backends: [{ id: 'model', kind: 'openai', url: model.url, health: false }],
    },
  });
});
beforeEach(() => {
  model.forget();
});
afterAll(async () => {
  await stack.stop();
  silence.close();
  await Promise.all([collector.stop(), model.stop()]);
});

const ask = (base: string, headers: Record<string, string> = {}): Promise<Answer> =>
  generate(base, { prompt: '2+2?', model: 'gpt-4o', timeout_ms: 60_000 }, headers);

/** An API and a worker with this environment, from their start to their end. */
async function during<T>(env: Record<string, string>, work: (base: string) => Promise<T>) {
  const [api, worker] = await Promise.all([stack.startApi(env), stack.startWorker(env)]);
  const did = await work(`http://127.0.0.1:${api.port}`);
  await Promise.all([api.stop(20_000), worker.stop(20_000)]);
  return { did, exits: await Promise.all([api.exited, worker.exited]) };
}

describe('an API and a worker', () => {
  it('that are not to trace send nothing, keep nothing and pass nothing on', async () => {
    const look = stack.look();
    const queued: unknown[] = [];
    // While it is called, the job is still in its queue.
    model.next(async (...call) => {
      for (const id of await look.lrange('{sluice}:generate-default:active', 0, -1))
        queued.push(JSON.parse((await look.hget(`{sluice}:generate-default:${id}`, 'data')) ?? '{}'));
      await answer()(...call);
    });
    const { did } = await during({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, (base) =>
      ask(base, calledIn(newTrace())),
    );
    expect(did.status).toBe(200);
    expect(model.calls[0]?.headers['traceparent']).toBeUndefined();
    const record = await look.hgetall(`{sluice}:job:${String(did.body['job_id'])}`);
    look.disconnect();
    expect(record['status']).toBe('completed');
    expect(record['trace']).toBeUndefined();
    expect(queued).toMatchObject([{ task: { model: 'gpt-4o' } }]);
    expect(queued[0]).not.toHaveProperty('trace');
    expect(stack.logs()).not.toContain('trace_id');
    expect(collector.bodies).toEqual([]);
  });

  it('speak protobuf unless told otherwise, with the headers they were given, and send all before they end', async () => {
    const env = { OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=abc' };
    const { exits } = await during(env, (base) => ask(base, calledIn(newTrace())));
    expect(exits.map(({ code }) => code)).toEqual([0, 0]);
    const seen = collector.headers.map((headers) => [headers['content-type'], headers['x-collector-key']]);
    expect(new Set(seen.map(String))).toEqual(new Set(['application/x-protobuf,abc']));
    const bytes = Buffer.concat(collector.bodies).toString('latin1');
    const names = [
      'sluice-api',
      'POST /generate',
      'sluice-worker',
      'process generate-default',
      'chat gpt-4o',
    ];
    expect(names.filter((name) => !bytes.includes(name))).toEqual([]);
  });

  it.each([
    ['is away', () => 'http://127.0.0.1:1'],
    ['never answers', () => `http://127.0.0.1:${(silence.address() as AddressInfo).port}`],
  ])('whose collector %s serve as ever, say it once and end in time', async (_, url) => {
    const said = () => stack.logs().split('"traces cannot be exported; they are dropped"').length - 1;
    const before = said();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: url(),
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      OTEL_BSP_MAX_QUEUE_SIZE: '20',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '5',
    };
    const { did, exits } = await during(env, async (base) => {
      const answers = await Promise.all(Array.from({ length: 60 }, () => ask(base)));
      await eventually('both to say so', () => (said() >= before + 2 ? true : null), { withinMs: 15_000 });
      return answers;
    });
    expect(new Set(did.map(({ status }) => status))).toEqual(new Set([200]));
    expect(exits.map(({ code }) => code)).toEqual([0, 0]);
    expect(said()).toBe(before + 2);
  });
});
