import type { Redis } from 'ioredis';
import { type SettledEvent, settledEvent } from '#common/contracts/settled-event.js';
import { CATALOGUE } from '#common/errors/catalogue.js';
import { keys } from '#common/redis/keys.js';
import type { FailurePart } from './snapshot.js';

/** Of more settlements in a second the newest are read: shares are then those of a sample. */
const READ_MAX = 500;
const WINDOW_MS = 60_000;
const FAILURES_MAX = 50;

interface Ended {
  readonly atMs: number;
  readonly tenant: string;
  /** Undefined: none ended it. */
  readonly backend: string | undefined;
}

/** What has just been settled, from the stream that recorders read too. Nothing is written, and no group is joined. */
export class RecentSettlements {
  private lastId: string | null = null;
  private reading: Promise<void> | null = null;
  private ended: Ended[] = [];
  private failures: FailurePart[] = [];

  constructor(private readonly redis: Redis) {}

  /** Reads what came since the last time; one command. Two at a time would take the same settlements. */
  refresh(nowMs: number): Promise<void> {
    this.reading ??= this.read(nowMs).finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  /** By backend, of the jobs that a backend ended in the last minute. */
  shares(): ReadonlyMap<string, number> {
    const backends = this.ended.flatMap(({ backend }) => backend ?? []);
    return new Map([...countsOf(backends)].map(([backend, count]) => [backend, count / backends.length]));
  }

  /** Whose jobs ended in the last minute, those with the most first. */
  busiestTenants(): string[] {
    const counts = countsOf(this.ended.map(({ tenant }) => tenant));
    return [...counts].sort(([, one], [, other]) => other - one).map(([tenant]) => tenant);
  }

  /** Newest first. */
  get failed(): readonly FailurePart[] {
    return this.failures;
  }

  private async read(nowMs: number): Promise<void> {
    const start = this.lastId === null ? '-' : `(${this.lastId}`;
    const entries = await this.redis.xrevrange(keys.events, '+', start, 'COUNT', READ_MAX);
    this.lastId = entries[0]?.[0] ?? this.lastId;
    for (const [, flat] of entries.reverse()) {
      const { data } = settledEvent.safeParse(fieldsOf(flat));
      if (data !== undefined) this.take(data);
    }
    this.ended = this.ended.filter(({ atMs }) => nowMs - atMs <= WINDOW_MS);
  }

  private take(event: SettledEvent): void {
    const { tenant, settled_ms: atMs, outcome, status } = event;
    this.ended.push({ atMs, tenant, backend: outcome.backend_id });
    if (status === 'failed' || status === 'expired')
      this.failures = [failureOf(event), ...this.failures].slice(0, FAILURES_MAX);
  }
}

function countsOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function fieldsOf(flat: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let at = 0; at < flat.length; at += 2) fields[flat[at] ?? ''] = flat[at + 1] ?? '';
  return fields;
}

function failureOf({ outcome, ...event }: SettledEvent): FailurePart {
  const code = outcome.error_code ?? 'internal_error';
  return {
    job_id: event.job_id,
    at_ms: event.settled_ms,
    pool: event.pool,
    model: event.model,
    backend: outcome.backend_id ?? null,
    client_id: event.client_id,
    code,
    sentence: CATALOGUE[code].sentence,
    attempts: outcome.attempts,
  };
}
