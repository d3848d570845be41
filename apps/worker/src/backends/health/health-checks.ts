import type { Redis } from 'ioredis';
import type { BackendHealth } from '#common/contracts/backend-health.js';
import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { Checked } from '../backend.js';
import type { KnownBackend } from '../backend-directory.js';
import { HealthLedger } from './health.ledger.js';
import { isIll, judgeCheck } from './health.policy.js';

const LOOK_EVERY_MS = 1_000;
/** Other workers may know of a backend earlier than this one: what they have just found stays. */
const GONE_AFTER_MS = 60_000;

export interface HealthChecksParts {
  readonly workerId: string;
  /** Fail-fast. */
  readonly redis: Redis;
  /** The backends there are now. */
  readonly list: () => readonly KnownBackend[];
  /** Told of every check that found a backend alive. */
  readonly hurry: (backend: string) => void;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

interface Look {
  readonly backend: KnownBackend;
  readonly times: { readonly interval_ms: number; readonly timeout_ms: number };
}

/** Looks at backends though nobody calls them: one worker of the fleet at each, once in its interval. All read what it found. */
export class HealthChecks {
  private readonly ledger: HealthLedger;
  private readonly looking = new Set<string>();
  private readonly ill = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> | null = null;
  private isStopped = false;

  constructor(private readonly parts: HealthChecksParts) {
    this.ledger = new HealthLedger(parts.redis, parts.workerId);
  }

  /** Knows what others found when it resolves, if Redis answers. */
  async start(): Promise<void> {
    await this.look();
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  /** Checks under way end by themselves, and nobody hears of them. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    await this.round;
  }

  isWell(backend: string): boolean {
    return !this.ill.has(backend);
  }

  private look(): Promise<void> {
    this.round ??= this.lookAtAll()
      .catch((error: unknown) => {
        this.parts.logger.debug({ err: error }, 'health checks wait for redis');
      })
      .finally(() => {
        this.round = null;
      });
    return this.round;
  }

  private async lookAtAll(): Promise<void> {
    const looks = this.parts.list().flatMap((backend) => lookOf(backend) ?? []);
    const { nowMs, byBackend } = await this.ledger.read();
    this.learn(looks, byBackend, nowMs);
    const there = new Set(looks.map(({ backend }) => backend.config.id));
    const gone = [...byBackend].filter(
      ([id, health]) => !there.has(id) && nowMs - health.checked_ms > GONE_AFTER_MS,
    );
    await this.ledger.forget(gone.map(([id]) => id));
    const free = looks.filter(({ backend }) => !this.looking.has(backend.config.id));
    const claimed = await this.ledger.claim(
      free.map(({ backend, times }) => ({ backend: backend.config.id, holdMs: times.interval_ms })),
    );
    for (const look of free) if (claimed.has(look.backend.config.id)) void this.check(look);
  }

  private learn(looks: readonly Look[], found: ReadonlyMap<string, BackendHealth>, nowMs: number): void {
    this.ill.clear();
    for (const { backend, times } of looks) {
      const health = found.get(backend.config.id);
      if (health !== undefined && isIll(health, times, nowMs)) this.ill.add(backend.config.id);
    }
  }

  private async check({ backend, times }: Look): Promise<void> {
    const { id } = backend.config;
    this.looking.add(id);
    try {
      const checked = await backend.client.check(times.timeout_ms).catch((error: unknown): Checked => {
        this.parts.logger.debug({ backend: id, err: error }, 'a health check threw');
        return { isWell: false, models: [] };
      });
      if (checked !== null && !this.isStopped) await this.tell(id, checked);
    } catch (error) {
      this.parts.logger.debug({ backend: id, err: error }, 'a health check was not told');
    } finally {
      this.looking.delete(id);
    }
  }

  private async tell(id: string, checked: Checked): Promise<void> {
    const result = checked.isWell ? 'well' : 'ill';
    this.parts.metrics.counter('sluice_health_checks_total').inc({ backend: id, result });
    if (checked.isWell) this.parts.hurry(id);
    const { nowMs, byBackend } = await this.ledger.read();
    const before = byBackend.get(id) ?? null;
    const health = judgeCheck(before, checked, nowMs);
    await this.ledger.write(id, health);
    if (health.is_well) this.ill.delete(id);
    else this.ill.add(id);
    if (health.is_well !== (before?.is_well ?? true))
      this.parts.logger.info({ backend: id, is_well: health.is_well }, 'health of a backend');
  }
}

/** Null for those that are not looked at. */
function lookOf(backend: KnownBackend): Look | null {
  const { config } = backend;
  if (config.kind !== 'openai' || config.health === false) return null;
  return { backend, times: config.health };
}
