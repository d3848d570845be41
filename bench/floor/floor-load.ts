// The floor's client and load generator in one process: `floor-load.js <redis url>`. It adds a job and waits until the
// worker has published the job's id.
import process from 'node:process';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { answerOrders } from '../load/answer-orders.js';
import { closedLoop, type Request } from '../load/closed-loop.js';
import { FLOOR_CHANNEL, FLOOR_QUEUE, FLOOR_QUEUE_OPTIONS } from './floor-queue.js';

const [, , url = ''] = process.argv;
const PAYLOAD = {
  tenant: '0123456789abcdef01234567',
  task: {
    model: 'none',
    messages: [{ role: 'user', content: 'Tell me a story about dragons' }],
    max_tokens: 100,
  },
};

const queue = new Queue(FLOOR_QUEUE, { ...FLOOR_QUEUE_OPTIONS, connection: new Redis(url) });
const subscriber = new Redis(url);
const waiting = new Map<string, (failure: null) => void>();
let jobs = 0;

const request: Request = () =>
  new Promise((resolve, reject) => {
    jobs += 1;
    const jobId = `floor-${jobs}`;
    waiting.set(jobId, resolve);
    queue.add('generate', PAYLOAD, { jobId, priority: 2, attempts: 1, removeOnComplete: true }).catch(reject);
  });

subscriber.on('message', (_channel: string, jobId: string) => {
  waiting.get(jobId)?.(null);
  waiting.delete(jobId);
});
await subscriber.subscribe(FLOOR_CHANNEL);
await queue.waitUntilReady();
answerOrders(({ concurrency, until }) =>
  closedLoop(
    Array.from({ length: concurrency }, () => request),
    until,
  ),
);
