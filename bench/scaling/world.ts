import { createDice, type Dice } from '../../apps/worker/src/backends/simulator/dice.js';
import { failureAt, heldS, outcomeOf } from './backends.js';
import { EventQueue, NEVER_S } from './event-queue.js';
import { Fleet } from './fleet.js';
import { JobLine } from './job-line.js';
import type { Scaler, Terms } from './scalers/scaler.js';
import { Sights } from './sights.js';
import type { SimWorker } from './sim-worker.js';
import { Tally } from './tally.js';
import { isDisturbed, type Workload } from './workload.js';

export interface WorldTerms extends Terms {
  /** How old readings are. */
  readonly lagS: number;
  readonly dropout: number;
  /** Ready workers that are killed, per hour. */
  readonly killsPerHour: number;
}

/** After it the jobs of a killed worker are back in the line: the lock's time. */
const LOCK_S = 15;
const COLD_SPREAD = 0.2;
const ATTEMPTS_MAX = 3;
/** Held back after the nth start in a row that failed: 5 s · 2ⁿ, at most 5 min. */
const BACKOFF_S = { first: 5, most: 300 } as const;

const { min } = Math;

/** A pool in virtual time. The same arguments give the same tally. */
export class World {
  readonly tally: Tally;
  private readonly events = new EventQueue();
  private readonly line = new JobLine();
  private readonly fleet: Fleet;
  private readonly sights: Sights;
  private readonly cold: Dice;
  private readonly fate: Dice;
  private readonly attempts: Uint8Array;
  /** When the attempt that runs ends, and when it began; an attempt that was lost has no end. */
  private readonly endS: Float64Array;
  private readonly beganS: Float64Array;
  private readonly worker: (SimWorker | undefined)[] = [];
  private nowS = 0;
  private arrived = 0;
  private deferred = 0;
  private failedStarts = 0;
  private noStartUntilS = 0;
  private isAwake = true;

  constructor(
    private readonly workload: Workload,
    private readonly scaler: Scaler,
    private readonly terms: WorldTerms,
    seed: number,
  ) {
    this.cold = createDice(seed, 2);
    this.fate = createDice(seed, 3);
    const jobs = workload.arrivals.length;
    this.tally = new Tally(workload);
    this.attempts = new Uint8Array(jobs);
    this.endS = new Float64Array(jobs);
    this.beganS = new Float64Array(jobs);
    this.fleet = new Fleet(terms.slots, (worker) => this.starts(worker));
    const blindness = { lagS: terms.lagS, dropout: terms.dropout, dice: createDice(seed, 4) };
    const { fleet, line } = this;
    this.sights = new Sights(workload, terms.coldStartS, blindness, {
      fleet,
      line,
      arrivedS: workload.arrivals,
    });
    const before = Math.min(terms.max, Math.max(terms.min, workload.min));
    for (let count = 0; count < before; count += 1) this.fleet.add(0).state = 'ready';
    if (terms.killsPerHour > 0) this.planKill();
  }

  run(): Tally {
    const { workload, events, terms } = this;
    const { arrivals, horizonS } = workload;
    for (let tickS = terms.tickS; ;) {
      const arrivalS = arrivals[this.arrived] ?? NEVER_S;
      const nextS = min(events.nextS, arrivalS, tickS);
      if (nextS > horizonS) break;
      this.nowS = nextS;
      if (events.nextS <= nextS) this.happen();
      else if (arrivalS <= nextS) this.arrive();
      else {
        this.tick();
        tickS += terms.tickS;
      }
    }
    this.nowS = horizonS;
    this.tally.close(this.line, this.fleet, this.deferred);
    return this.tally;
  }

  private arrive(): void {
    this.line.add(this.arrived);
    this.arrived += 1;
    this.serve();
    if (this.isAwake || !this.scaler.isWoken) return;
    this.tick();
  }

  private happen(): void {
    const { kind, who } = this.events.take();
    switch (kind) {
      case 'ended':
        if (this.endS[who] === this.nowS) this.end(who);
        return;
      case 'born': {
        this.bear(who);
        return;
      }
      case 'returned':
        this.deferred -= 1;
        this.line.addFirst(who);
        {
          this.serve();
          return;
        }
      case 'killed': {
        this.kill();
        return;
      }
    }
  }

  private serve(): void {
    for (;;) {
      if (this.line.length === 0) return;
      const worker = this.fleet.withRoom();
      const job = worker === undefined ? undefined : this.line.take();
      if (worker === undefined || job === undefined) return;
      this.begin(job, worker);
    }
  }

  private begin(job: number, worker: SimWorker): void {
    const { nowS, workload } = this;
    this.attempts[job] = (this.attempts[job] ?? 0) + 1;
    worker.jobs.add(job);
    this.worker[job] = worker;
    this.beganS[job] = nowS;
    const endS = nowS + heldS(workload, job, nowS);
    this.endS[job] = endS;
    this.events.plan(endS, 'ended', job);
    if (failureAt(workload, nowS) !== null) this.tally.callsWhileFailing += 1;
    if (this.attempts[job] === 1) this.tally.waits[job] = nowS - (workload.arrivals[job] ?? 0);
  }

  private end(job: number): void {
    const beganS = this.beganS[job] ?? 0;
    const failing = failureAt(this.workload, beganS);
    this.leave(job);
    this.sights.settled(this.nowS, this.nowS - beganS, this.nowS - (this.workload.arrivals[job] ?? 0));
    this.sights.ended(this.nowS, outcomeOf(failing));
    const attempts = this.attempts[job] ?? 0;
    if (failing === null) this.tally.succeeded += 1;
    else if (attempts >= ATTEMPTS_MAX) this.tally.failed += 1;
    else this.comeBack(job, 2 ** (attempts - 1));
    this.serve();
  }

  private leave(job: number): void {
    this.worker[job]?.jobs.delete(job);
    this.worker[job] = undefined;
    this.endS[job] = -1;
    this.tally.busyS += this.nowS - (this.beganS[job] ?? 0);
  }

  private comeBack(job: number, inS: number): void {
    this.deferred += 1;
    this.events.plan(this.nowS + inS, 'returned', job);
  }

  private starts(worker: SimWorker): void {
    const spread = 1 + COLD_SPREAD * (2 * this.cold() - 1);
    this.events.plan(this.nowS + this.terms.coldStartS * spread, 'born', worker.number);
  }

  private bear(number: number): void {
    const worker = this.fleet.numbered(number);
    if (worker?.state !== 'starting') return;
    if (isDisturbed(this.workload, 'bad-image', this.nowS)) {
      this.fleet.remove(worker, this.nowS);
      this.sights.ended(this.nowS, 'crash');
      this.tally.badStarts += 1;
      this.noStartUntilS = this.nowS + Math.min(BACKOFF_S.most, BACKOFF_S.first * 2 ** this.failedStarts);
      this.failedStarts += 1;
      return;
    }
    this.failedStarts = 0;
    worker.state = 'ready';
    this.sights.becameReady(this.nowS - worker.bornS);
    this.serve();
  }

  private planKill(): void {
    const inS = (-3_600 * Math.log(1 - this.fate())) / this.terms.killsPerHour;
    this.events.plan(this.nowS + inS, 'killed', 0);
  }

  private kill(): void {
    this.planKill();
    const alive = this.fleet.workers.filter(({ state }) => state !== 'starting');
    const worker = alive[Math.floor(this.fate() * alive.length)];
    if (worker === undefined) return;
    this.sights.ended(this.nowS, 'crash');
    for (const job of [...worker.jobs]) {
      this.leave(job);
      this.attempts[job] = Math.max(0, (this.attempts[job] ?? 1) - 1);
      this.comeBack(job, LOCK_S);
      this.tally.killedJobs += 1;
    }
    this.fleet.remove(worker, this.nowS);
  }

  private tick(): void {
    const { nowS, fleet, tally } = this;
    fleet.removeDrained(nowS);
    const reading = this.sights.read(nowS, this.arrived, this.deferred);
    const wish = this.scaler.desire(reading);
    const steps = fleet.follow(wish, nowS, nowS >= this.noStartUntilS);
    tally.stepped(nowS, steps);
    this.isAwake = fleet.count('starting', 'ready') > 0;
    const first = this.line.first;
    tally.look({
      atS: nowS,
      wanted: wish.desired,
      ready: fleet.count('ready'),
      paid: fleet.workers.length,
      headWaitS: first === undefined ? 0 : nowS - (this.workload.arrivals[first] ?? nowS),
    });
    this.serve();
  }
}
