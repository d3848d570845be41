import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/client.js';

export type { PrismaClient };

const CONNECT_MS_MAX = 3_000;
const STATEMENT_MS_MAX = 10_000;
/** Later than the server's own bound: it fires only when the server does not answer at all. */
const ANSWER_MS_MAX = 12_000;

/** Prisma keeps a plan of about 13 kB for each limit that a caller names; by default 1,000 of them. */
const PLANS_MAX = 100;

/** Prisma over at most `max` connections. Opens none before the first query; no query outlasts 12 s, also on a frozen server. */
export function openPrisma(url: string, max: number): PrismaClient {
  const adapter = new PrismaPg({
    connectionString: url,
    max,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    statement_timeout: STATEMENT_MS_MAX,
    query_timeout: ANSWER_MS_MAX,
    keepAlive: true,
  });
  return new PrismaClient({ adapter, errorFormat: 'minimal', queryPlanCacheMaxSize: PLANS_MAX });
}
