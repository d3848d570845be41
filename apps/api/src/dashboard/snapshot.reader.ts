import { CATALOGUE } from '#common/errors/catalogue.js';
import type { PoolQueues } from '#common/queue/pool-queues.js';
import { VERSION } from '#common/version.js';
import type { DeadLetter } from '../dead-letters/dead-letter.js';
import type { DeadLetterReader } from '../dead-letters/dead-letter.reader.js';
import type { KnownModels } from '../openai/known-models.js';
import type { DecisionsReader } from '../pools/decisions.reader.js';
import type { SystemStatus } from '../status/system-status.js';
import type { OldestWaits } from './oldest-waits.js';
import {
  backendParts,
  decisionPart,
  failureParts,
  poolParts,
  tenantsToShow,
  toldDecisions,
  workerParts,
} from './parts.policy.js';
import type { RecentSettlements } from './recent-settlements.js';
import type { DecisionPart, FailurePart, Snapshot, TenantPart } from './snapshot.js';
import type { TenantParts } from './tenant-parts.js';
import { trafficOf } from './traffic.js';

export interface SnapshotParts {
  readonly authMode: Snapshot['auth_mode'];
  readonly queues: Pick<PoolQueues, 'pools' | 'isPaused'>;
  readonly status: Pick<SystemStatus, 'look'>;
  readonly settlements: RecentSettlements;
  readonly waits: Pick<OldestWaits, 'read'>;
  readonly tenants: Pick<TenantParts, 'read'>;
  readonly decisions: Pick<DecisionsReader, 'after'>;
  readonly letters: Pick<DeadLetterReader, 'page'>;
  readonly models: Pick<KnownModels, 'list'>;
}

/** What changes slowly, or costs more, is read with every fifth snapshot. */
const SLOW_EVERY = 5;
const TENANTS_MAX = 12;
const LETTERS_MAX = 10;
const DECISIONS_READ_MAX = 40;
const DECISIONS_KEPT_MAX = 200;
const MODELS_MAX = 50;

/** Puts one snapshot together from the readers that the admin routes have. Reads Redis alone, and writes nothing. */
export class SnapshotReader {
  private turn = 0;
  private tenants: readonly Omit<TenantPart, 'lag_jobs'>[] = [];
  private decisions: readonly DecisionPart[] = [];
  private deadLetters: readonly FailurePart[] = [];
  private models: readonly string[] = [];

  constructor(private readonly parts: SnapshotParts) {}

  /** Throws what Redis throws. Calls must not overlap. */
  async read(): Promise<Snapshot> {
    const { queues, status, settlements, waits, authMode } = this.parts;
    const atMs = Date.now();
    const [{ view, buckets, backends }, paused, oldest] = await Promise.all([
      status.look(),
      this.paused(),
      waits.read(),
      settlements.refresh(atMs),
    ]);
    const lags = view.queues.flatMap(({ fair_lag }) => fair_lag);
    const shown = tenantsToShow(lags, settlements.busiestTenants(), TENANTS_MAX);
    if (this.turn++ % SLOW_EVERY === 0) {
      await this.readSlow(
        shown.map(({ tenant }) => tenant),
        queues.pools,
        atMs,
      );
    }
    const lagOf = new Map(shown.map(({ tenant, lag_jobs }) => [tenant, lag_jobs]));
    const { parts: workers, leftOut } = workerParts(view.workers);
    return {
      at_ms: atMs,
      version: VERSION,
      auth_mode: authMode,
      health: view.system_health,
      models_without_backend: view.backend_status.models_without_backend,
      ...trafficOf(buckets, atMs),
      pools: poolParts({ view, paused, waits: oldest }),
      workers,
      workers_left_out: leftOut,
      backends: backendParts({
        backends: view.backend_status.backends,
        adaptive: view.adaptive,
        shares: settlements.shares(),
        connectionsMax: connectionsMaxOf(backends),
      }),
      tenants: this.tenants
        .map((tenant) => ({ ...tenant, lag_jobs: lagOf.get(tenant.tenant) ?? 0 }))
        .sort((one, other) => other.lag_jobs - one.lag_jobs || other.in_flight - one.in_flight),
      decisions: toldDecisions(this.decisions),
      failures: failureParts(this.deadLetters, settlements.failed),
      models: this.models,
    };
  }

  private async readSlow(tenants: readonly string[], pools: readonly string[], atMs: number): Promise<void> {
    const { decisions, letters, models } = this.parts;
    const after = this.decisions[0]?.id ?? null;
    const [held, decided, dead, known] = await Promise.all([
      this.parts.tenants.read(tenants, atMs),
      decisions.after(after, DECISIONS_READ_MAX),
      Promise.all(pools.map((pool) => letters.page(pool, {}, LETTERS_MAX))),
      models.list([]),
    ]);
    this.tenants = held;
    this.decisions = [...decided.map(decisionPart), ...this.decisions].slice(0, DECISIONS_KEPT_MAX);
    this.deadLetters = dead.flatMap((page) => page.letters.map(failureOf));
    this.models = known.slice(0, MODELS_MAX).map(({ id }) => id);
  }

  private async paused(): Promise<Map<string, boolean>> {
    const { queues } = this.parts;
    return new Map(
      await Promise.all(
        queues.pools.map(async (pool): Promise<[string, boolean]> => [pool, await queues.isPaused(pool)]),
      ),
    );
  }
}

function connectionsMaxOf(backends: Awaited<ReturnType<SystemStatus['look']>>['backends']) {
  return new Map(
    backends.flatMap(({ id, config }): [string, number][] => {
      const max = config['max_connections'];
      return typeof max === 'number' ? [[id, max]] : [];
    }),
  );
}

const failureOf = (letter: DeadLetter): FailurePart => ({
  job_id: letter.id,
  at_ms: letter.failedMs,
  pool: letter.pool,
  model: letter.model,
  backend: letter.record?.outcome?.backend_id ?? null,
  client_id: letter.record?.client_id ?? null,
  code: letter.errorCode,
  sentence: CATALOGUE[letter.errorCode].sentence,
  attempts: letter.record?.outcome?.attempts ?? null,
});
