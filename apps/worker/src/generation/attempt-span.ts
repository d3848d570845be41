import type { BackendConfig } from '#common/config/backend-config.js';
import type { Answer, Endpoint } from '#common/contracts/generation.js';
import type { LiveSpan, SpanAttributes } from '#common/observability/live-span.js';
import { isTracing, type SpanTerms, traced } from '#common/observability/tracing.js';
import type { CallOutcome } from '../backends/backend.js';
import type { Called } from '../backends/call-backend.js';
import type { Attempt } from './attempt.js';
import { errorTypeOf } from './error-type.policy.js';

/** `gen_ai.operation.name`: OpenTelemetry's semantic conventions for generative AI, 1.41.1. */
const OPERATIONS = {
  chat: 'chat',
  completions: 'text_completion',
  embeddings: 'embeddings',
} as const satisfies Record<Endpoint, string>;

/** A word; a backend may say anything. */
const FINISH_REASON = /^[a-z_]{1,40}$/;

/** The client span of one call to one backend. `call` is told what to call when the first piece has come. */
export function tracedAttempt(
  attempt: Attempt,
  call: (onFirst: () => void) => Promise<Called>,
): Promise<Called> {
  if (!isTracing()) return call(() => {});
  return traced(termsOf(attempt), async (span) => {
    const called = await call(firstPiece(span));
    tell(span, attempt.task.endpoint, called.outcome);
    return called;
  });
}

function termsOf({ job, task, chosen, number, delivery }: Attempt): SpanTerms {
  const { backend, model, isProbe } = chosen;
  const operation = OPERATIONS[task.endpoint];
  return {
    name: `${operation} ${model}`,
    kind: 'client',
    attributes: {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': backend.config.kind === 'openai' ? 'openai' : 'sluice.simulator',
      'gen_ai.request.model': model,
      ...(task.is_streamed ? { 'gen_ai.request.stream': true } : {}),
      ...addressOf(backend.config),
      'sluice.backend.id': backend.config.id,
      'sluice.pool': job.pool,
      'sluice.job.id': job.id,
      'sluice.attempt': number,
      'sluice.delivery': delivery,
      ...(model === task.model ? {} : { 'sluice.fallback_for': task.model }),
      ...(isProbe ? { 'sluice.circuit_probe': true } : {}),
    },
  };
}

function addressOf(config: BackendConfig): SpanAttributes {
  if (config.kind !== 'openai') return {};
  const { hostname, port, protocol } = new URL(config.url);
  const usualPort = protocol === 'https:' ? 443 : 80;
  // An IPv6 address stands in brackets in URLs alone.
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  return { 'server.address': address, 'server.port': port === '' ? usualPort : Number(port) };
}

function firstPiece(span: LiveSpan): () => void {
  const began = performance.now();
  let isFirst = true;
  return () => {
    if (!isFirst) return;
    isFirst = false;
    span.set({ 'gen_ai.response.time_to_first_chunk': (performance.now() - began) / 1_000 });
  };
}

function tell(span: LiveSpan, endpoint: Endpoint, outcome: CallOutcome): void {
  span.set({ 'sluice.outcome': outcome.kind });
  if (outcome.kind === 'completed') {
    span.set(answered(outcome.answer));
    if (endpoint !== 'embeddings') span.set(generated(outcome.answer));
  }
  const error = errorTypeOf(outcome);
  if (error !== null) span.failed(error);
}

const answered = ({ model, usage }: Answer): SpanAttributes => ({
  'gen_ai.response.model': model,
  'gen_ai.usage.input_tokens': usage.input_tokens,
  ...(usage.estimated === true ? { 'sluice.usage_estimated': true } : {}),
});

const generated = ({ finishReason, usage }: Answer): SpanAttributes => ({
  'gen_ai.response.finish_reasons': [FINISH_REASON.test(finishReason) ? finishReason : '_OTHER'],
  'gen_ai.usage.output_tokens': usage.output_tokens,
});
