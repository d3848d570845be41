import type { Provider } from '@nestjs/common';
import { JobRecords } from '#common/settlement/job-records.js';
import { CallerLimits } from '../admission/caller-limits.js';
import type { ApiContext } from '../api-context.js';
import { DeadLetterReader } from '../dead-letters/dead-letter.reader.js';
import { KnownModels } from '../openai/known-models.js';
import { DecisionsReader } from '../pools/decisions.reader.js';
import { SystemStatus } from '../status/system-status.js';
import { OldestWaits } from './oldest-waits.js';
import { PageFiles } from './page-files.js';
import { RecentSettlements } from './recent-settlements.js';
import { SnapshotReader } from './snapshot.reader.js';
import { TenantParts } from './tenant-parts.js';
import { Viewers } from './viewers.js';

/** The dashboard, from the readers that the admin routes have. */
export function dashboardStories({ config, producer, queues, logger, shutdown }: ApiContext): Provider[] {
  const records = new JobRecords(producer);
  const reader = {
    provide: SnapshotReader,
    inject: [SystemStatus, CallerLimits, DecisionsReader, DeadLetterReader, KnownModels],
    useFactory: (
      status: SystemStatus,
      limits: CallerLimits,
      decisions: DecisionsReader,
      ...[letters, models]: [DeadLetterReader, KnownModels]
    ) =>
      new SnapshotReader({
        authMode: config.authMode,
        queues,
        status,
        settlements: new RecentSettlements(producer),
        waits: new OldestWaits(producer, queues, records),
        tenants: new TenantParts(producer, records, limits),
        decisions,
        letters,
        models,
      }),
  };
  const viewers = {
    provide: Viewers,
    inject: [SnapshotReader],
    useFactory: (snapshots: SnapshotReader) => {
      const made = new Viewers({ read: () => snapshots.read(), logger });
      shutdown.on('stop-intake', 'dashboards', () => {
        made.stop();
      });
      return made;
    },
  };
  return [reader, viewers, { provide: PageFiles, useValue: new PageFiles() }];
}
