import type { GenerationTask } from '#common/contracts/generation.js';
import { refusalOfIssues } from '../http/schema.pipe.js';
import { chatRequest, completionRequest, embeddingRequest } from '../openai/wire-request.schema.js';
import { PATHS, type WireRequest, wireTaskOf } from '../openai/wire-task.js';
import type { BatchRequest } from './batch-line.parser.js';

/**
 * What a backend is asked for a line, by the rules of the route that the line names. `stream` is ignored: an answer in a
 * file is whole.
 * @throws Refusal invalid_value.
 */
export function taskOfLine({ body }: BatchRequest, endpoint: string): GenerationTask {
  const { stream: _, stream_options: __, ...whole } = body;
  return wireTaskOf(wireRequestOf(whole, endpoint));
}

function wireRequestOf(body: unknown, endpoint: string): WireRequest {
  switch (endpoint) {
    case PATHS.chat: {
      const read = chatRequest.safeParse(body);
      if (read.success) return { endpoint: 'chat', body: read.data };
      throw refusalOfIssues(read.error.issues);
    }
    case PATHS.completions: {
      const read = completionRequest.safeParse(body);
      if (read.success) return { endpoint: 'completions', body: read.data };
      throw refusalOfIssues(read.error.issues);
    }
    case PATHS.embeddings: {
      const read = embeddingRequest.safeParse(body);
      if (read.success) return { endpoint: 'embeddings', body: read.data };
      throw refusalOfIssues(read.error.issues);
    }
    default:
      throw new TypeError('a batch has an endpoint that there is not');
  }
}
