import { Readable } from 'node:stream';
import { mintJobId } from '#common/contracts/ids.js';
import { Refusal } from '#common/errors/refusal.js';
import type { Logger } from '#common/observability/logger.js';
import type { GenerationMetrics } from '../generate/generation-metrics.js';
import { openAiError } from '../http/error-answer.js';
import type { SubmitAndStream } from '../streaming/submit-and-stream.js';
import { GRACE_MS, type WireCall } from './answer-call.js';
import { WireChunks } from './wire-chunks.js';
import { type Opened, WireStream } from './wire-stream.js';

export interface StreamedCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

const EVENT_STREAM = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

/** One call in OpenAI's wire format whose caller is told the tokens as they come. */
export class StreamCall {
  constructor(
    private readonly submitAndStream: SubmitAndStream,
    private readonly metrics: GenerationMetrics,
    private readonly logger: Logger,
  ) {}

  /**
   * Resolves with the first chunks, so that whatever fails before has a status of its own.
   * @throws Refusal as SubmitAndStream does, and for a job that ends without an answer.
   */
  async execute(
    call: WireCall & { readonly includesUsage: boolean },
    hungUp: AbortSignal,
  ): Promise<StreamedCall> {
    const began = performance.now();
    try {
      return await this.open(call, hungUp, began);
    } catch (error) {
      if (hungUp.aborted) this.metrics.left();
      else this.metrics.failed(error);
      throw error;
    }
  }

  private async open(
    call: WireCall & { readonly includesUsage: boolean },
    hungUp: AbortSignal,
    began: number,
  ): Promise<StreamedCall> {
    const { task, caller, requestId, idempotency, includesUsage, webhook } = call;
    const { priority, deadlineMs } = call.terms;
    const abandoned = new AbortController();
    const { jobId, headers, events } = await this.submitAndStream.execute(
      {
        ...{ id: mintJobId(), caller, requestId, task, priority, metadata: undefined },
        ...{ idempotency, deadlineMs, webhook },
      },
      AbortSignal.any([hungUp, abandoned.signal]),
    );
    const queuedAt = performance.now();
    const stream = new WireStream({
      jobId,
      events,
      chunks: new WireChunks({ task, jobId, includesUsage }),
      lateAt: began + deadlineMs + GRACE_MS,
      abandon: () => {
        abandoned.abort();
      },
      onDone: (backend_id) => {
        void this.metrics.observed(async () => ({ backend_id }), began);
      },
    });
    const opened = await stream.open();
    return {
      headers: { ...headers, ...EVENT_STREAM, 'x-sluice-job-id': jobId, ...headersOf(opened, queuedAt) },
      body: Readable.from(this.told(opened, stream, { requestId, hungUp }), { objectMode: false }),
    };
  }

  private async *told(
    { beginning, isOver }: Opened,
    stream: WireStream,
    { requestId, hungUp }: { readonly requestId: string; readonly hungUp: AbortSignal },
  ): AsyncGenerator<string, void, undefined> {
    let isDone = isOver;
    try {
      yield beginning;
      if (!isOver) yield* stream.rest();
      isDone = true;
    } catch (error) {
      isDone = true;
      if (hungUp.aborted) return;
      if (!(error instanceof Refusal))
        this.logger.error({ request_id: requestId, err: error }, 'a stream met a defect');
      this.metrics.failed(error);
      yield `data: ${JSON.stringify({ error: openAiError(error, requestId) })}\n\n`;
    } finally {
      if (!isDone || hungUp.aborted) this.metrics.left();
    }
  }
}

/** The wait as it was seen here: from the acceptance to the news that the job runs. */
function headersOf({ backend, ranAt }: Opened, queuedAt: number): Record<string, string> {
  return {
    ...(backend === null ? {} : { 'x-sluice-backend': backend }),
    ...(ranAt === null
      ? {}
      : { 'x-sluice-queue-wait-ms': String(Math.max(0, Math.round(ranAt - queuedAt))) }),
  };
}
