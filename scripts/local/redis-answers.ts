import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { messageOf } from './launch-error.js';

export type RedisAnswer =
  | { readonly kind: 'ready'; readonly pid: number }
  | { readonly kind: 'loading' }
  | { readonly kind: 'silent'; readonly because: string };

const SILENCE_MS_MAX = 1_000;

/** Asks a Redis once. `pid` is its own word for its process: behind a port there may be somebody else's server. */
export async function askRedis(url: string, withinMs = SILENCE_MS_MAX): Promise<RedisAnswer> {
  const client = new Redis(url, {
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: withinMs,
    commandTimeout: withinMs,
    disconnectTimeout: 100,
  });
  let trouble = '';
  client.on('error', (error) => {
    trouble = messageOf(error);
  });
  try {
    await client.connect();
    await client.ping();
    const pid = /^process_id:(\d+)/m.exec(await client.info('server'))?.[1];
    return { kind: 'ready', pid: Number(pid) };
  } catch (error) {
    if (messageOf(error).startsWith('LOADING')) return { kind: 'loading' };
    return { kind: 'silent', because: trouble || messageOf(error) };
  } finally {
    client.disconnect();
  }
}

export interface Patience {
  readonly answerMs: number;
  /** While the server reads its append-only file. */
  readonly loadingMs: number;
  isRunning(): boolean;
}

/** Asks until the server is ready, has ended, or patience is used up; answers what it heard last. */
export async function awaitRedis(url: string, patience: Patience): Promise<RedisAnswer> {
  const begun = performance.now();
  for (;;) {
    const answer = await askRedis(url);
    if (answer.kind === 'ready' || !patience.isRunning()) return answer;
    const limitMs = answer.kind === 'loading' ? patience.loadingMs : patience.answerMs;
    if (performance.now() - begun > limitMs) return answer;
    await pause(25);
  }
}
