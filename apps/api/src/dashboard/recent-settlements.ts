import type { Redis } from 'ioredis';
import { type SettledEvent, settledEvent } from '#common/contracts/settled-event.js';
import { CATALOGUE } from '#common/errors/catalogue.js';
import { keys } from '#common/redis/keys.js';
import type { FailurePart } from './snapshot.js';

/** Of more settlements in a second the newest are read: shares are then those of a sample. */
const READ_MAX = 500;
const WINDOW_MS = 60_000;
const FAILURES_MAX = 50;
const TENANTS_MAX = 500;

interface SeenTenant {
  readonly tenant: string;
  readonly lastMs: number;
  readonly jobs: number;
}

/** What has just been settled, from the stream that recorders read too. Nothing is written, and no group is joined. */
export class RecentSettlements {
  private lastId: string | null = null;
  private calls: { readonly atMs: number; readonly backend: string }[] = [];
  private readonly tenants = new Map<string, SeenTenant>();
  private failures: FailurePart[] = [];

  constructor(private readonly redis: Redis) {}

  /** Reads what came since the last time; one command. */
  async refresh(nowMs: number): Promise<void> {
    const start = this.lastId === null ? '-' : `(${this.lastId}`;
    const entries = await this.redis.xrevrange(keys.events, '+', start, 'COUNT', READ_MAX);
    this.lastId = entries[0]?.[0] ?? this.lastId;
    for (const [, flat] of entries.reverse()) {
      const { data } = settledEvent.safeParse(fieldsOf(flat));
      if (data !== undefined) this.take(data);
    }
    this.forget(nowMs);
  }

  /** By backend, of the jobs that a backend ended in the last minute. */
  shares(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { backend } of this.calls) counts.set(backend, (counts.get(backend) ?? 0) + 1);
    return new Map([...counts].map(([backend, count]) => [backend, count / this.calls.length]));
  }

  /** Whose jobs ended lately, those with the most first. */
  seenTenants(): SeenTenant[] {
    return [...this.tenants.values()].sort((one, other) => other.jobs - one.jobs);
  }

  /** Newest first. */
  get failed(): readonly FailurePart[] {
    return this.failures;
  }

  private take(event: SettledEvent): void {
    const { tenant, settled_ms: atMs, outcome, status } = event;
    const known = this.tenants.get(tenant);
    this.tenants.set(tenant, { tenant, lastMs: atMs, jobs: (known?.jobs ?? 0) + 1 });
    const { backend_id: backend } = outcome;
    if (backend !== undefined) this.calls.push({ atMs, backend });
    if (status === 'failed' || status === 'expired')
      this.failures = [failureOf(event), ...this.failures].slice(0, FAILURES_MAX);
  }

  private forget(nowMs: number): void {
    this.calls = this.calls.filter(({ atMs }) => nowMs - atMs <= WINDOW_MS);
    for (const [tenant, { lastMs }] of this.tenants) {
      if (nowMs - lastMs > WINDOW_MS || this.tenants.size > TENANTS_MAX) this.tenants.delete(tenant);
    }
  }
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
