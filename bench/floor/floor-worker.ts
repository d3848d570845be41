// The floor's worker, which does nothing: `floor-worker.js <redis url> <slots>`.
import process from 'node:process';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { FLOOR_CHANNEL, FLOOR_QUEUE, FLOOR_WORKER_OPTIONS } from './floor-queue.js';

const [, , url = '', slots = ''] = process.argv;
const connection = new Redis(url, { maxRetriesPerRequest: null });
const publisher = new Redis(url);
const worker = new Worker(
  FLOOR_QUEUE,
  async (job) => {
    await publisher.publish(FLOOR_CHANNEL, job.id ?? '');
  },
  { ...FLOOR_WORKER_OPTIONS, connection, concurrency: Number(slots) },
);
await worker.waitUntilReady();
process.on('disconnect', () => process.exit(0));
process.send?.({ kind: 'ready' });
