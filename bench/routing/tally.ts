export interface CallRecord {
  readonly backend: string;
  readonly beganMs: number;
  readonly endedMs: number;
  readonly isSuccess: boolean;
}

export interface JobRecord {
  readonly arrivedMs: number;
  readonly isSuccess: boolean;
  readonly attempts: number;
  /** From its arrival to its end, in milliseconds. */
  readonly tookMs: number;
}

/** Everything that happened in a simulation. */
export class Tally {
  readonly calls: CallRecord[] = [];
  readonly jobs: JobRecord[] = [];

  called(call: CallRecord): void {
    this.calls.push(call);
  }

  ended(job: JobRecord): void {
    this.jobs.push(job);
  }
}
