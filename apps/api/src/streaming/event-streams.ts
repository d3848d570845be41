import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { GenerateAnswer } from '#common/contracts/job-view.js';
import type { WakeUp } from '#common/contracts/wake-up.js';
import type { Logger } from '#common/observability/logger.js';
import { Refusal } from '#common/errors/refusal.js';
import { errorObject } from '../http/error-answer.js';
import { END, eventIdOf } from './event-id.js';
import type { Pieces, StreamEvent } from './stream-event.js';
import type { Streamed } from './streamed.js';

/** Said by a process that stops: the job goes on, and another process goes on telling. */
const COME_BACK = 'retry: 1000\n: come back with Last-Event-ID\n\n';
/** Keeps proxies from closing a connection on which nothing is said. */
const WAITING = ': waiting\n\n';

export interface EventsOf extends Pick<Streamed, 'jobId' | 'requestId' | 'place' | 'events'> {
  /** @throws Refusal when the job did not complete. */
  readonly answerOf: (settled: WakeUp) => Promise<GenerateAnswer> | GenerateAnswer;
  /** Called when the caller left before the end, or this process stops. */
  readonly onLeft?: () => void;
}

/**
 * Answers that are server-sent events (WHATWG HTML, section 9.2). They are read no faster than their callers read: what
 * comes meanwhile is not kept here.
 */
export class EventStreams {
  constructor(private readonly logger: Logger) {}

  /** The body, for the route to answer with. */
  send(reply: FastifyReply, of: EventsOf): Readable {
    reply.headers({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-sluice-job-id': of.jobId,
    });
    return Readable.from(this.written(of), { objectMode: false });
  }

  private async *written(of: EventsOf): AsyncGenerator<string> {
    let isOver = false;
    try {
      for await (const event of of.events) {
        isOver ||= event.kind === 'settled';
        yield await writtenEvent(event, of);
      }
      if (!isOver) yield COME_BACK;
    } catch (error) {
      this.logger.error({ request_id: of.requestId, err: error }, 'a stream met a defect');
      yield line('error', { error: errorObject(error, of.requestId) });
    } finally {
      if (!isOver) of.onLeft?.();
    }
  }
}

async function writtenEvent(event: StreamEvent, of: EventsOf): Promise<string> {
  switch (event.kind) {
    case 'status':
      return line('status', {
        job_id: of.jobId,
        status: event.status,
        ...(event.status === 'queued' ? of.place : {}),
      });
    case 'pieces':
      return writtenPieces(event);
    case 'silence':
      return WAITING;
    case 'settled':
      return writtenEnd(event.settled, of);
  }
}

function writtenPieces(pieces: Pieces): string {
  const restarted = pieces.isRestart
    ? line('restarted', {}, eventIdOf({ run: pieces.run, seq: 0, chars: 0 }))
    : '';
  return restarted + (pieces.text === '' ? '' : line('token', { text: pieces.text }, eventIdOf(pieces)));
}

async function writtenEnd(settled: WakeUp, { answerOf, requestId }: EventsOf): Promise<string> {
  try {
    return line('result', await answerOf(settled), END);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return line('error', { error: errorObject(error, requestId) }, END);
  }
}

function line(event: string, data: object, id?: string): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}

/** What a route says of its answer in the API's description. */
export const EVENT_STREAM = { 'text/event-stream': { schema: { type: 'string' } } } as const;
