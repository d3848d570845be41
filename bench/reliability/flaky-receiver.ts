import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { Dice } from '../../apps/worker/src/backends/simulator/dice.js';

/** One request as the receiver saw it. */
export interface Knock {
  readonly webhookId: string;
  readonly jobId: string;
  readonly body: string;
  readonly isAccepted: boolean;
}

export interface FlakyPlan {
  readonly dice: Dice;
  /** Of all requests. */
  readonly failures: number;
  /** So often at most for one event, so that the end is near. */
  readonly failuresInRowMax: number;
}

const event = z.object({ data: z.object({ job_id: z.string() }) });

/** Takes webhooks, fails some of them — a 500, or a connection that is cut — and remembers all. */
export class FlakyReceiver {
  readonly knocks: Knock[] = [];
  private readonly failed = new Map<string, number>();
  private readonly server: Server;

  private constructor(private readonly plan: FlakyPlan) {
    this.server = createServer((request, response) => {
      void text(request).then((body) => {
        const isAccepted = this.take(String(request.headers['webhook-id'] ?? ''), body);
        if (isAccepted) response.writeHead(204).end();
        else if (this.plan.dice() < 0.5) response.writeHead(500).end('no');
        else response.destroy();
      });
    });
  }

  static async start(plan: FlakyPlan): Promise<FlakyReceiver> {
    const receiver = new FlakyReceiver(plan);
    receiver.server.listen(0, '127.0.0.1');
    await once(receiver.server, 'listening');
    return receiver;
  }

  get host(): string {
    const address = this.server.address();
    return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private take(webhookId: string, body: string): boolean {
    const { job_id: jobId } = event.parse(JSON.parse(body)).data;
    const failures = this.failed.get(jobId) ?? 0;
    const isAccepted = failures >= this.plan.failuresInRowMax || this.plan.dice() >= this.plan.failures;
    if (!isAccepted) this.failed.set(jobId, failures + 1);
    this.knocks.push({ webhookId, jobId, body, isAccepted });
    return isAccepted;
  }
}
