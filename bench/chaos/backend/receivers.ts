import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { diceFor } from '../seeded.js';
import { HttpLogServer } from '../world/http-log-server.js';

/** One delivery as a receiver saw it. */
export interface ReceivedDelivery {
  readonly receiver: string;
  /** The marker in the path that the job named. */
  readonly marker: string;
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  /** The exact bytes, as UTF-8. */
  readonly body: string;
  readonly event: string;
  readonly jobId: string;
  readonly answered: number;
}

/** `steady` answers 204; `flaky` fails 30 % of the deliveries, at most so often each; `slow` takes 2 s. */
export type Receiver = 'steady' | 'flaky' | 'slow';

const SLOW_MS = 2_000;
const FAILING_SHARE = 0.3;
const told = z.looseObject({ type: z.string(), data: z.looseObject({ job_id: z.string() }) });
const headerOf = (request: IncomingMessage, name: string): string => String(request.headers[name] ?? '');

/** The receivers of webhooks, at `http://127.0.0.1:<port>/<receiver>/<marker>`. Each delivery is logged, answered or not. */
export class Receivers {
  readonly deliveries: ReceivedDelivery[] = [];
  private readonly counts = new Map<string, number>();
  private server: HttpLogServer | null = null;

  constructor(
    private readonly seed: number,
    private readonly failuresMax: number,
  ) {}

  async start(): Promise<number> {
    this.server = await HttpLogServer.start((request, response) => this.serve(request, response));
    return this.server.port;
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const [, receiver = '', marker = ''] = request.url?.split('/') ?? [];
    const id = headerOf(request, 'webhook-id');
    const parsed = told.safeParse(safeJson(body));
    if (receiver === 'slow') await pause(SLOW_MS);
    const status = receiver === 'flaky' && this.isRefused(id) ? 503 : 204;
    this.deliveries.push({
      receiver,
      marker,
      id,
      timestamp: headerOf(request, 'webhook-timestamp'),
      signature: headerOf(request, 'webhook-signature'),
      body,
      event: parsed.success ? parsed.data.type : '',
      jobId: parsed.success ? parsed.data.data.job_id : '',
      answered: status,
    });
    response.writeHead(status).end();
  }

  private isRefused(id: string): boolean {
    const count = (this.counts.get(id) ?? 0) + 1;
    this.counts.set(id, count);
    return count <= this.failuresMax && diceFor(this.seed, `${id} ${count}`)() < FAILING_SHARE;
  }
}

function safeJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
