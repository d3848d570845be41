import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Answer, Endpoint } from '#common/contracts/generation.js';
import { RecordedSpans } from '../../../../test/support/recorded-spans.js';
import { taskOf } from '../../../../test/support/task.js';
import type { Chosen } from '../backends/router.js';
import { tracedAttempt } from './attempt-span.js';

const spans = new RecordedSpans();
beforeEach(() => {
  spans.forget();
});
afterAll(() => {
  spans.end();
});

const answer: Answer = { text: '', finishReason: 'stop', usage: { input_tokens: 3, output_tokens: 4 } };

/** The attributes of the span of a call that was answered. */
async function answered(endpoint: Endpoint, url = 'http://backend:8000/v1') {
  const config = { id: 'b', kind: 'openai', url };
  await tracedAttempt(
    {
      job: { id: 'job_1', tenant: 't', pool: 'default' },
      task: taskOf({ endpoint, model: 'm' }),
      chosen: { backend: { config }, model: 'm', isProbe: false } as unknown as Chosen,
      tried: new Set(),
      number: 1,
      delivery: 1,
      abandon: () => undefined,
    },
    async () => ({ outcome: { kind: 'completed', answer }, tookMs: 1 }),
  );
  const operation = endpoint === 'completions' ? 'text_completion' : endpoint;
  return spans.all(`${operation} m`)[0]?.attributes;
}

describe('the span of a call', () => {
  it.each<Endpoint>(['chat', 'completions'])(
    'tells of %s why it finished and what it generated',
    async (endpoint) => {
      expect(await answered(endpoint)).toMatchObject({
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.input_tokens': 3,
        'gen_ai.usage.output_tokens': 4,
      });
    },
  );

  it('tells of embeddings only what went in: nothing is generated', async () => {
    const attributes = await answered('embeddings');
    expect(attributes).toMatchObject({
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.usage.input_tokens': 3,
    });
    expect(attributes).not.toHaveProperty(['gen_ai.response.finish_reasons']);
    expect(attributes).not.toHaveProperty(['gen_ai.usage.output_tokens']);
  });

  it.each([
    ['http://backend:8000/v1', 'backend', 8_000],
    ['https://api.example/v1', 'api.example', 443],
    ['http://10.0.0.1/v1', '10.0.0.1', 80],
    ['http://[2001:db8::1]:8000/v1', '2001:db8::1', 8_000],
  ])('names the server of %s', async (url, address, port) => {
    expect(await answered('chat', url)).toMatchObject({ 'server.address': address, 'server.port': port });
  });
});
