import { settledRecord } from '#common/jobs/settled-record.js';
import type { Metrics } from '#common/observability/metrics.js';
import type { JobRecords } from '#common/settlement/job-records.js';
import type { Waiting } from '../waiting/waiting.js';
import { Ear } from './ear.js';
import { Following, type FollowingParts } from './following.js';
import type { StreamReader } from './stream.reader.js';

export interface JobStreamsParts {
  readonly waiting: Waiting;
  readonly records: JobRecords;
  readonly reader: StreamReader;
  readonly metrics: Metrics;
}

/** Callers of this process that follow the tokens of jobs. Expect a job before it is queued, or watch it. */
export class JobStreams {
  constructor(private readonly parts: JobStreamsParts) {}

  /** The channel that a job's record has to name before it is queued. */
  get channel(): string {
    return this.parts.waiting.channel;
  }

  /** For a job that is queued next. Forgotten when `signal` fires. */
  expect(jobId: string, signal: AbortSignal): Following {
    const expectation = this.parts.waiting.expect(jobId);
    return this.follow(jobId, signal, {
      isNew: true,
      settlement: (withinMs, until) => expectation.within(withinMs, until),
      forget: () => {
        expectation.forget();
      },
    });
  }

  /** For a job that somebody else queued, whether it has ended or not. What Redis throws when it is away. */
  async watch(jobId: string, signal: AbortSignal): Promise<Following> {
    const { waiting, records } = this.parts;
    const expectation = await waiting.watch(jobId);
    const record = expectation === null ? await records.read(jobId) : null;
    return this.follow(jobId, signal, {
      isNew: false,
      settlement: async (withinMs, until) =>
        expectation === null ? record && settledRecord(record) : expectation.within(withinMs, until),
      forget: () => {
        expectation?.forget();
      },
    });
  }

  private follow(
    jobId: string,
    signal: AbortSignal,
    given: Pick<FollowingParts, 'isNew' | 'settlement' | 'forget'>,
  ): Following {
    const { waiting, reader, metrics } = this.parts;
    const ear = new Ear();
    const stopListening = waiting.streams.listen(jobId, ear);
    metrics.gauge('sluice_streams').inc();
    let isOver = false;
    const forget = (): void => {
      if (isOver) return;
      isOver = true;
      stopListening();
      given.forget();
      metrics.gauge('sluice_streams').dec();
    };
    if (signal.aborted) forget();
    else signal.addEventListener('abort', forget, { once: true });
    return new Following({ ...given, jobId, ear, reader, forget });
  }
}
