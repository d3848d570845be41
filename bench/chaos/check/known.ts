import { acknowledged, type LedgerEntry, type Told } from '../client/ledger.js';
import type { Evidence, StoredJob } from '../evidence/evidence.js';

const FINAL = new Set(['completed', 'failed', 'cancelled', 'expired']);
/** How jobs end of which nobody was told: taken back by their API, or found by the sweeper. */
const VOID_CODES = new Set(['dependency_unavailable', 'job_lost']);

/** What an API process says that tells a caller no more of a job, which then goes on if the caller can come back for it. */
export const GIVES_UP_WITH = new Set(['deadline_exceeded', 'stopping', 'stream_interrupted']);

export const isFinal = ({ status }: StoredJob): boolean => FINAL.has(status);

export const isVoid = ({ status, errorCode }: StoredJob): boolean =>
  status === 'failed' && errorCode !== null && VOID_CODES.has(errorCode);

/** Taken back by its API, which had answered 503: to its caller it never was. */
export const wasTakenBack = ({ status, errorCode, attempts }: StoredJob): boolean =>
  status === 'failed' && errorCode === 'dependency_unavailable' && attempts === 0;

export const tolds = ({ sendings }: LedgerEntry): Told[] => sendings.map(({ told }) => told);

/** The jobs that an entry's caller was told of. */
export const acknowledgedIds = (entry: LedgerEntry): Set<string> =>
  new Set(tolds(entry).flatMap((told) => acknowledged(told) ?? []));

export function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

export const jobsById = ({ jobs }: Evidence): Map<string, StoredJob> =>
  new Map(jobs.map((job) => [job.id, job]));
