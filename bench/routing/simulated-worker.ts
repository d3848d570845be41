import type { BackendView } from '../../apps/worker/src/backends/routing/backend-view.js';
import { chooseBackend } from '../../apps/worker/src/backends/routing/choose.policy.js';
import { Measurements } from '../../apps/worker/src/backends/routing/measurements.js';
import { RetryBudget } from '../../apps/worker/src/generation/retry-budget.js';
import { type Fleet, type Member, openAt } from './fleet.js';
import type { Job } from './job.js';
import type { Plan } from './plan.js';
import type { Answered } from './simulated-backend.js';
import type { Tally } from './tally.js';

const MODEL = 'm';
/** What others give back is not told. */
const LOOK_AGAIN_MS = 100;
const BACKOFF_MS = 100;

interface Run {
  readonly job: Job;
  readonly tried: Set<Member>;
  attempts: number;
  hasEnded: boolean;
  takeBack: () => void;
}

/** One worker: its own measurements, turns and retry budget, as in a real one. Attempts go the way the router sends them. */
export class SimulatedWorker {
  readonly measurements = new Measurements();
  private readonly budget = new RetryBudget();
  private running = 0;
  /** Attempts that found every backend full, the oldest first. */
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly at: number,
    private readonly fleet: Fleet,
    private readonly plan: Plan,
    private readonly tally: Tally,
    private turn: number,
  ) {}

  get hasRoom(): boolean {
    return this.running < this.fleet.scenario.slotsPerWorker;
  }

  run(job: Job, onEnd: () => void): void {
    const { time, scenario } = this.fleet;
    const run: Run = { job, tried: new Set(), attempts: 0, hasEnded: false, takeBack: () => undefined };
    this.running += 1;
    this.budget.deposit();
    const end = (isSuccess: boolean): void => {
      if (run.hasEnded) return;
      run.hasEnded = true;
      this.running -= 1;
      const { arrivedMs } = job;
      this.tally.ended({ arrivedMs, isSuccess, attempts: run.attempts, tookMs: time.nowMs - arrivedMs });
      onEnd();
    };
    time.in(Math.max(0, job.arrivedMs + scenario.deadlineMs - time.nowMs), () => {
      if (!run.hasEnded) run.takeBack();
      end(false);
    });
    this.attempt(run, end);
  }

  private attempt(run: Run, end: (isSuccess: boolean) => void): void {
    if (run.hasEnded) return;
    const chosen = this.choose(run);
    if (chosen === null) this.wait(() => this.attempt(run, end));
    else this.call(run, chosen, end);
  }

  private wait(again: () => void): void {
    const wake = (): void => {
      if (this.waiting.delete(wake)) again();
    };
    this.waiting.add(wake);
    this.fleet.time.in(LOOK_AGAIN_MS, wake);
  }

  /** A job that waits here comes before those in the queue. */
  private wakeOldest(): void {
    const [oldest] = this.waiting;
    oldest?.();
  }

  private choose(run: Run): { member: Member; isProbe: boolean } | null {
    const candidates = this.candidates(run.tried);
    for (const member of candidates) if (member.circuit.claimProbe()) return { member, isProbe: true };
    const free = candidates.filter(
      (member) => member.isClosed && openAt(member) < member.backend.plan.maxConnections,
    );
    const { key, dice } = run.job;
    const request = { key, turn: this.turn, dice: [dice(), dice()] as const };
    if (free.length > 1) this.turn += 1;
    const view = chooseBackend(
      this.plan.strategy,
      free.map((member) => this.view(member)),
      request,
    );
    const member = free.find(({ backend }) => backend.plan.id === view?.id);
    return member === undefined ? null : { member, isProbe: false };
  }

  /** Those that have failed the job before only when there are no others. */
  private candidates(tried: ReadonlySet<Member>): Member[] {
    const callable = this.fleet.members.filter(
      ({ isClosed, circuit, health }) =>
        health?.is_well !== false && (isClosed || circuit.availability() === 'due'),
    );
    const welcome = callable.filter((member) => !tried.has(member));
    return welcome.length > 0 ? welcome : callable;
  }

  private call(
    run: Run,
    { member, isProbe }: { member: Member; isProbe: boolean },
    end: (isSuccess: boolean) => void,
  ): void {
    const { time } = this.fleet;
    const { id } = member.backend.plan;
    const activeAtStart = this.activeAt(member);
    const began = time.nowMs;
    const close = (): void => {
      member.open[this.at] = (member.open[this.at] ?? 0) - 1;
      this.wakeOldest();
    };
    const onEnd = (answered: Answered): void => {
      close();
      const isSuccess = answered === 'completed';
      const kind = isSuccess ? 'succeeded' : 'failed';
      member.circuit.report(isSuccess, isProbe);
      this.measurements.observe(id, MODEL, {
        kind,
        tookMs: time.nowMs - began,
        activeAtStart,
        nowMs: time.nowMs,
      });
      this.tally.called({ backend: id, beganMs: began, endedMs: time.nowMs, isSuccess });
      if (isSuccess) end(true);
      else this.retry(run, end);
    };
    member.open[this.at] = (member.open[this.at] ?? 0) + 1;
    run.attempts += 1;
    run.tried.add(member);
    const takeBack = member.backend.call(run.job.deviates[run.attempts - 1] ?? 0, onEnd);
    run.takeBack = () => {
      close();
      takeBack();
    };
  }

  private retry(run: Run, end: (isSuccess: boolean) => void): void {
    run.takeBack = () => undefined;
    if (run.attempts >= this.fleet.scenario.attemptsMax || !this.budget.withdraw()) {
      end(false);
      return;
    }
    const isRepetition = this.candidates(run.tried).every((member) => run.tried.has(member));
    const delayMs = isRepetition ? run.job.dice() * BACKOFF_MS * 2 ** (run.attempts - 1) : 0;
    this.fleet.time.in(delayMs, () => this.attempt(run, end));
  }

  private view(member: Member): BackendView {
    const { id, priority, maxConnections, usdPerCall } = member.backend.plan;
    const { latencyMs, baseLatencyMs, success, capacity } = this.measurements.of(
      id,
      MODEL,
      this.fleet.time.nowMs,
    );
    const weight = this.plan.weights[id] ?? 1;
    const active = this.activeAt(member);
    return {
      id,
      weight,
      priority,
      maxConnections,
      active,
      costUsd: usdPerCall,
      latencyMs,
      baseLatencyMs,
      success,
      capacity,
    };
  }

  /** Its own calls are known at once, those of others from hearsay. */
  private activeAt({ open, told }: Member): number {
    const others = told.reduce((sum, calls, worker) => (worker === this.at ? sum : sum + calls), 0);
    return others + (open[this.at] ?? 0);
  }

  learnt(backend: string): { capacity: number | null; baseLatencyMs: number | null } {
    return this.measurements.of(backend, MODEL, this.fleet.time.nowMs);
  }
}
