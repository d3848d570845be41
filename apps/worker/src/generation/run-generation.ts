import type { Logger } from '#common/observability/logger.js';
import type { Metrics } from '#common/observability/metrics.js';
import { activeSpan } from '#common/observability/tracing.js';
import { patiently } from '#common/redis/patiently.js';
import type { Ending, JobRef, Settlement } from '#common/settlement/settlement.js';
import { postponeMs } from '../backends/postpone.policy.js';
import type { Router } from '../backends/router.js';
import type { OutcomeWindow } from '../presence/outcome-window.js';
import type { ClaimsLedger } from './claims.ledger.js';
import type { Delivery, Ran } from './delivery.js';
import { traceQueueWait } from './delivery-span.js';
import { type End, expired } from './end.js';
import type { Run, RunningJobs } from './running-jobs.js';
import type { Begun, TryBackends } from './try-backends.js';

/** How long a worker keeps offering what Redis refuses for now; it still holds the job's lock meanwhile. */
const REFUSED_MS_MAX = 60_000;
const NOBODY: ReadonlySet<string> = new Set();

export interface GenerationParts {
  readonly workerId: string;
  readonly claims: ClaimsLedger;
  readonly running: RunningJobs;
  readonly router: Pick<Router, 'postponed'>;
  readonly backends: Pick<TryBackends, 'execute'>;
  readonly settlement: Settlement;
  readonly outcomes: Pick<OutcomeWindow, 'count'>;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

interface Postponing {
  readonly inMs: number;
  readonly because: string;
}

/** The life of a job in a worker: begin, call backends until one verdict is final, settle. */
export class RunGeneration {
  constructor(private readonly parts: GenerationParts) {}

  async execute(delivery: Delivery): Promise<Ran> {
    const { job, task } = delivery;
    const { running, router, claims } = this.parts;
    const later = router.postponed({ pool: job.pool, task, tried: NOBODY });
    if (later !== null) return this.leaveUnbegun(delivery, later);
    return running.run(job.id, async (run) => {
      const claim = await patiently(REFUSED_MS_MAX, () => claims.begin(job));
      if (claim.kind === 'closed') return { kind: 'closed' };
      if (claim.kind === 'expired') return this.settle(job, expired(0));
      run.stopIn(claim.remainingMs, 'deadline');
      return this.runBegun(delivery, { job, task, claim }, run);
    });
  }

  /** The job stays queued as it is, unless it was settled meanwhile. */
  private async leaveUnbegun(delivery: Delivery, later: Postponing): Promise<Ran> {
    const isOpen = await patiently(REFUSED_MS_MAX, () => this.parts.claims.isOpen(delivery.job));
    return isOpen ? this.postponed(delivery, later) : { kind: 'closed' };
  }

  private async runBegun(delivery: Delivery, begun: Begun, run: Run): Promise<Ran> {
    const { metrics, logger, backends } = this.parts;
    const { job, claim } = begun;
    const began = performance.now();
    metrics.counter('llm_instance_requests_total').inc();
    activeSpan().set({ 'sluice.delivery': claim.delivery, 'sluice.attempts_before': claim.attempts });
    if (claim.delivery === 1 && claim.attempts === 0) {
      metrics.histogram('sluice_queue_wait_seconds').observe({ pool: job.pool }, claim.queueWaitMs / 1_000);
      traceQueueWait(delivery, claim.queueWaitMs);
    }
    const ran = await this.conclude(delivery, await backends.execute(begun, run));
    const tookMs = performance.now() - began;
    metrics.histogram('llm_instance_duration_seconds').observe(tookMs / 1_000);
    const { requestId: request_id, delivery: number } = claim;
    logger.info(
      { job_id: job.id, request_id, delivery: number, ran: ran.kind, ms: Math.round(tookMs) },
      'ran',
    );
    return ran;
  }

  private async conclude(delivery: Delivery, end: End): Promise<Ran> {
    const { job } = delivery;
    const { claims } = this.parts;
    switch (end.kind) {
      case 'ending':
        return this.settle(job, end.ending);
      case 'postponed': {
        const isOurs = await patiently(REFUSED_MS_MAX, () => claims.postpone(job, end.attempts));
        return isOurs ? this.postponed(delivery, end) : { kind: 'closed' };
      }
      case 'stopped':
        return this.stopped(job, end);
    }
  }

  private async stopped(job: JobRef, { reason, attempts }: End & { kind: 'stopped' }): Promise<Ran> {
    activeSpan().event('sluice.stopped', { 'sluice.because': reason });
    switch (reason) {
      case 'deadline':
        return this.settle(job, expired(attempts));
      case 'abandon':
        return { kind: 'closed' };
      case 'drain': {
        const isOurs = await patiently(REFUSED_MS_MAX, () => this.parts.claims.handBack(job));
        return { kind: isOurs ? 'handed-back' : 'closed' };
      }
    }
  }

  private postponed({ job: { pool }, times }: Delivery, { inMs, because }: Postponing): Ran {
    const { metrics, outcomes } = this.parts;
    metrics.counter('sluice_deferrals_total').inc({ pool, because });
    outcomes.count('no_backend');
    return { kind: 'postponed', inMs: postponeMs(inMs, times, Math.random()) };
  }

  private async settle(job: JobRef, ending: Ending): Promise<Ran> {
    const { settlement, workerId, metrics } = this.parts;
    const settled = await patiently(REFUSED_MS_MAX, () =>
      settlement.settle(job, { ...ending, by: workerId }),
    );
    const status = settled.kind === 'settled' ? ending.status : settled.kind;
    metrics.counter('sluice_settlements_total').inc({ pool: job.pool, status });
    const { attempts, error_code } = ending.outcome;
    activeSpan().event('sluice.settled', {
      'sluice.status': status,
      'sluice.attempts': attempts,
      'error.type': error_code,
    });
    if (settled.kind !== 'settled') return { kind: 'closed' };
    this.countUse(ending);
    if (ending.status !== 'failed') return { kind: 'closed' };
    return { kind: 'failed', because: ending.outcome.error_code ?? 'internal_error' };
  }

  private countUse({ outcome: { usage, backend_id: backend = '', cost_usd } }: Ending): void {
    const { metrics } = this.parts;
    metrics.counter('llm_instance_tokens_total').inc(usage?.output_tokens ?? 0);
    if (usage === undefined) return;
    metrics.counter('sluice_tokens_total').inc({ backend, direction: 'input' }, usage.input_tokens);
    metrics.counter('sluice_tokens_total').inc({ backend, direction: 'output' }, usage.output_tokens);
    if (cost_usd !== undefined) metrics.counter('sluice_cost_usd_total').inc({ backend }, cost_usd);
  }
}
