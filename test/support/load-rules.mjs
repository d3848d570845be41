/** One of the processes that try a rule at once: says when it is ready, begins when it is told to. */
import { Redis } from 'ioredis';

const AT_ONCE = 200;
const [url, sha1, tries, rule] = process.argv.slice(2);

const redis = new Redis(url);
await redis.ping();
process.send('ready');
await new Promise((begin) => process.once('message', begin));

const parsed = JSON.parse(rule);
for (let done = 0; done < Number(tries); done += AT_ONCE) {
  const pipeline = redis.pipeline();
  for (let at = done; at < done + AT_ONCE; at++) {
    pipeline.evalsha(sha1, 2, 'limits', 'decisions', JSON.stringify({ ...parsed, cost: 1 + (at % 3) }));
  }
  for (const [error] of await pipeline.exec()) if (error !== null) throw error;
}
redis.disconnect();
process.disconnect();
