import { Redis } from 'ioredis';
import type { PrismaClient } from '#common/database/prisma.js';
import { openPrisma } from '#common/database/prisma.js';
import { eventually } from './eventually.js';
import { type OwnRedis } from './own-servers.js';
import { attemptsOf, queued, type TellingPlan, TellingWorker } from './telling-worker.js';
import { type Answering, WebhookReceiver } from './webhook-receiver.js';

/** Nobody listens there. */
const NO_POSTGRES = 'postgresql://nobody@127.0.0.1:1/none';

/** Workers that send webhooks, those who receive them, and the Redis between. */
export class TellingWorld {
  readonly redis: Redis;
  private readonly workers: TellingWorker[] = [];
  private readonly receivers: WebhookReceiver[] = [];

  constructor(
    private readonly own: OwnRedis,
    private readonly prisma: PrismaClient = openPrisma(NO_POSTGRES, 1),
  ) {
    this.redis = new Redis(own.redis.url);
  }

  start(plan: Partial<TellingPlan> = {}): TellingWorker {
    const worker = new TellingWorker({ url: this.own.redis.url, prisma: this.prisma, ...plan });
    this.workers.push(worker);
    return worker;
  }

  async receiving(answer?: Answering): Promise<WebhookReceiver> {
    const receiver = await WebhookReceiver.start(answer);
    this.receivers.push(receiver);
    return receiver;
  }

  arrivals(receiver: WebhookReceiver, count: number): Promise<true> {
    return this.sight(`${String(count)} calls`, () => (receiver.received.length >= count ? true : null));
  }

  attempts(count: number): ReturnType<typeof attemptsOf> {
    return this.sight(`${String(count)} attempts in the log`, async () => {
      const made = await attemptsOf(this.redis);
      return made.length >= count ? made : null;
    });
  }

  quiet(): Promise<true> {
    return this.sight('an empty queue', async () => {
      const { waiting, active, delayed } = await queued(this.redis);
      return waiting + active + delayed === 0 ? true : null;
    });
  }

  sight<T>(what: string, look: () => Promise<T | null> | T | null): Promise<T> {
    return eventually(what, look, { withinMs: 20_000 });
  }

  /** Stops everybody and empties Redis. */
  async end(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await Promise.all(this.receivers.map((receiver) => receiver.stop()));
    await this.redis.flushall();
    this.redis.disconnect();
  }
}
