import path from 'node:path';
import type { Provider } from '@nestjs/common';
import { JobRecords } from '#common/settlement/job-records.js';
import type { ApiContext } from './api-context.js';
import { BatchLeases } from './batches/batch-leases.js';
import { BatchParts } from './batches/batch-parts.js';
import { BatchesLedger } from './batches/batches.ledger.js';
import { EndLines } from './batches/end-lines.js';
import { FeedBatch } from './batches/feed-batch.js';
import { Feeders } from './batches/feeders.js';
import { FeedLines } from './batches/feed-lines.js';
import { ManageBatches } from './batches/manage-batches.js';
import { MergeParts } from './batches/merge-parts.js';
import { RunLine } from './batches/run-line.js';
import { DiskFiles } from './files/disk-files.js';
import { ExpiredFiles } from './files/expired-files.js';
import { FilesLedger } from './files/files.ledger.js';
import { OwnFiles } from './files/own-files.js';
import { UploadFile } from './files/upload-file.js';
import { SubmitAndWait } from './generate/submit-and-wait.js';
import { CancelJob } from './jobs/cancel-job.js';

const DAY_MS = 24 * 3_600_000;

/** Files and batches. Their feeders submit as callers do. */
export function batchStories({
  config,
  logger,
  metrics,
  producer,
  subscriber,
  prisma,
}: ApiContext): Provider[] {
  const { directory, retentionMs } = config.files;
  const store = new DiskFiles(directory);
  const parts = new BatchParts(path.join(directory, 'batches'));
  const filesLedger = prisma === null ? null : new FilesLedger(prisma);
  const ledger = prisma === null ? null : new BatchesLedger(prisma);
  const files = new OwnFiles(store, filesLedger);
  // A batch lasts a day at most, and is then merged.
  const sweepParts = () => parts.sweep(3 * DAY_MS);
  const feedBatch = (submitAndWait: SubmitAndWait, cancelJob: CancelJob) => {
    if (ledger === null) return null;
    const runLine = new RunLine(submitAndWait, logger);
    return new FeedBatch({
      redis: producer,
      ledger,
      files: store,
      parts,
      feedLines: new FeedLines({ files: store, ledger, runLine, tiers: config.tiers, logger }),
      endLines: new EndLines(producer, new JobRecords(producer), cancelJob, store),
      mergeParts: new MergeParts(store, parts, retentionMs),
      metrics,
      logger,
    });
  };
  return [
    ...[
      new UploadFile({ store, ledger: filesLedger, retentionMs }),
      files,
      new ExpiredFiles({ store, ledger: filesLedger, retentionMs, sweepParts, logger }),
      new ManageBatches(producer, files, ledger),
    ].map((story) => ({ provide: story.constructor, useValue: story })),
    {
      provide: Feeders,
      inject: [SubmitAndWait, CancelJob],
      useFactory: (submitAndWait: SubmitAndWait, cancelJob: CancelJob) =>
        new Feeders({
          ledger,
          leases: new BatchLeases(producer),
          feedBatch: feedBatch(submitAndWait, cancelJob),
          subscriber,
          metrics,
          logger,
        }),
    },
  ];
}
