import type { Provider } from '@nestjs/common';
import { FailedJobs } from '#common/queue/failed-jobs.js';
import type { JobRecords } from '#common/settlement/job-records.js';
import { BoardDeeds } from './board/board-deeds.js';
import { ClearDeadLetters } from './dead-letters/clear-dead-letters.js';
import { DeadLetterReader } from './dead-letters/dead-letter.reader.js';
import { EachDeadLetter } from './dead-letters/each-dead-letter.js';
import { ListDeadLetters } from './dead-letters/list-dead-letters.js';
import { ReplayDeadLetter } from './dead-letters/replay-dead-letter.js';
import type { SubmitJob } from './generate/submit-job.js';
import type { CancelJob } from './jobs/cancel-job.js';
import { ManageQueues } from './queues/manage-queues.js';
import { PurgeQueue } from './queues/purge-queue.js';
import type { ApiContext } from './api-context.js';

interface JobStories {
  readonly records: JobRecords;
  readonly submit: SubmitJob;
  readonly cancelJob: CancelJob;
}

/** Queues and dead letters, as administrators see and empty them. */
export function queueStories(
  { config, metrics, producer, queues }: ApiContext,
  { records, submit, cancelJob }: JobStories,
): Provider[] {
  const { jobDeadlineMs } = config;
  const reader = new DeadLetterReader(producer, new FailedJobs(producer, queues), records);
  const replay = new ReplayDeadLetter({ redis: producer, reader, submit, queues, metrics, jobDeadlineMs });
  const clear = new ClearDeadLetters(new EachDeadLetter(reader), reader, replay, queues);
  const purge = new PurgeQueue(queues, records, cancelJob);
  return [
    reader,
    replay,
    new ListDeadLetters(reader),
    clear,
    new ManageQueues(queues),
    purge,
    new BoardDeeds({ queues, records, replay, clear, purge, cancelJob }),
  ].map((story) => ({ provide: story.constructor, useValue: story }));
}
