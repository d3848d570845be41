import type { Etcd } from './etcd.js';
import type { FakePod } from './objects.js';

/** Real containers take longer than controllers and calls, by far more than this. */
const STARTS_MS = 100;
const ENDS_MS = 300;
/** Of one that is killed, and from the end of a container to the end of its pod. */
const MOMENT_MS = 15;

/** Runs pods: workers that end with 0 when they are asked to, or with ENDS_WITH at once and again and again. */
export class Kubelet {
  /** Once set, no container starts any more: their image has to be fetched. */
  isFetching = false;
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly busy = new Set<string>();
  private readonly look = (): void => {
    for (const pod of this.etcd.list('Pod')) this.tend(pod);
  };

  constructor(private readonly etcd: Etcd) {
    etcd.told.on('change', this.look);
  }

  end(): void {
    this.etcd.told.off('change', this.look);
    for (const timer of this.timers) clearTimeout(timer);
  }

  /** Each step of a pod once. A grace that is made short while a worker takes its time ends it at once. */
  private tend({ metadata, status }: FakePod): void {
    const { name, uid, deletionTimestamp, deletionGracePeriodSeconds: graceS } = metadata;
    if (deletionTimestamp !== undefined) {
      const isKilled = (graceS ?? 30) <= 1;
      this.once(`${uid}/${isKilled ? 'kill' : 'stop'}`, isKilled ? MOMENT_MS : ENDS_MS, () =>
        this.stop(name, isKilled ? 137 : 0),
      );
    } else if (status.phase === 'Pending' && !this.isFetching) {
      this.once(`${uid}/start`, STARTS_MS, () => this.start(name));
    }
  }

  private once(step: string, afterMs: number, run: () => void): void {
    if (this.busy.has(step)) return;
    this.busy.add(step);
    this.later(run, afterMs);
  }

  private start(name: string): void {
    const pod = this.etcd.edit('Pod', name, ({ metadata, spec, status }) => {
      if (metadata.deletionTimestamp !== undefined) return;
      spec.nodeName = 'node-1';
      status.phase = 'Running';
      status.conditions = [{ type: 'Ready', status: 'True' }];
      status.containerStatuses = [
        { name: 'worker', ready: true, restartCount: 0, state: { running: now() }, lastState: {} },
      ];
    });
    const code = pod?.spec.containers[0]?.env.find((env) => env.name === 'ENDS_WITH')?.value;
    if (code !== undefined) this.later(() => this.crash(name, Number(code)));
  }

  /** It is started again once, ends again, and waits longer and longer. */
  crash(name: string, exitCode: number): void {
    const terminated = { exitCode, reason: 'Error', finishedAt: new Date().toISOString() };
    const pod = this.etcd.edit('Pod', name, ({ metadata, status }) => {
      const [worker] = status.containerStatuses ?? [];
      if (worker === undefined || metadata.deletionTimestamp !== undefined) return;
      worker.lastState = { terminated };
      worker.ready = false;
      worker.state =
        worker.restartCount === 0 ? { running: now() } : { waiting: { reason: 'CrashLoopBackOff' } };
      worker.restartCount += 1;
      status.conditions = [{ type: 'Ready', status: 'False' }];
    });
    const isAgain = pod?.status.containerStatuses?.[0]?.state.running !== undefined;
    if (isAgain) this.later(() => this.crash(name, exitCode));
  }

  private stop(name: string, exitCode: number): void {
    const pod = this.etcd.edit('Pod', name, ({ status }) => {
      const terminated = { exitCode, reason: 'Completed', finishedAt: new Date().toISOString() };
      status.phase = exitCode === 0 ? 'Succeeded' : 'Failed';
      const [worker] = status.containerStatuses ?? [];
      if (worker?.state.running !== undefined) worker.state = { terminated };
    });
    if (pod !== undefined) this.later(() => this.etcd.remove('Pod', name));
  }

  private later(run: () => void, afterMs = MOMENT_MS): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      run();
    }, afterMs);
    this.timers.add(timer);
  }
}

const now = () => ({ startedAt: new Date().toISOString() });
