import { z } from 'zod';
import type { Generated } from './answer.js';
import type { WireFormat } from './wire-format.js';

const answer = z.object({
  worker_id: z.string().default('unknown'),
  backend_id: z.string(),
  usage: z.object({ output_tokens: z.number() }).optional(),
});
const text = z.object({ text: z.string() });
const failure = z.object({ error: z.object({ code: z.string() }) });

function generatedIn(json: unknown): Generated {
  const { worker_id: workerId, backend_id: backendId, usage } = answer.parse(json);
  return { workerId, backendId, outputTokens: usage?.output_tokens ?? null };
}

/** `POST /generate`. */
export const generateWire: WireFormat = {
  path: '/generate',
  bodyOf: ({ prompt, model, maxTokens, userId }, isStreamed) => ({
    prompt,
    model,
    max_tokens: maxTokens,
    temperature: 0.7,
    user_id: userId,
    ...(isStreamed ? { stream: true } : {}),
  }),
  read: generatedIn,
  hear({ event, data }) {
    if (event === 'token') return { kind: text.parse(JSON.parse(data)).text === '' ? 'nothing' : 'text' };
    if (event === 'result') return { kind: 'end', ...generatedIn(JSON.parse(data)) };
    if (event === 'error') return { kind: 'failed', code: failure.parse(JSON.parse(data)).error.code };
    return { kind: 'nothing' };
  },
};
