import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { Shutdown } from '#common/lifecycle/shutdown.js';
import { Metrics } from '#common/observability/metrics.js';
import { WorkerDirectory } from '#common/presence/worker-directory.js';
import { PoolQueues } from '#common/queue/pool-queues.js';
import { JobRecords } from '#common/settlement/job-records.js';
import { Settlement } from '#common/settlement/settlement.js';
import { AdminAccess } from './admin/admin-access.js';
import { AdminAudit } from './admin/admin-audit.js';
import { AdminAuditLedger } from './admin/admin-audit.ledger.js';
import { AdminAuditReader } from './admin/admin-audit.reader.js';
import { AuditController } from './admin/audit.controller.js';
import { SessionController } from './admin/session.controller.js';
import { AdmissionLedger } from './admission/admission.ledger.js';
import { CallerLimits } from './admission/caller-limits.js';
import { AdmitJob } from './admission/admit-job.js';
import { FairRebase } from './admission/fair-rebase.js';
import { LimitsReader } from './admission/limits.reader.js';
import { Withdrawals } from './admission/withdrawals.js';
import { backendStories, poolStories } from './admin-stories.js';
import type { ApiContext } from './api-context.js';
import { ApiConfig } from './api.config.js';
import { batchStories } from './batch-stories.js';
import { BatchesController } from './batches/batches.controller.js';
import { DashboardController } from './dashboard/dashboard.controller.js';
import { dashboardStories } from './dashboard/dashboard-stories.js';
import { FilesController } from './files/files.controller.js';
import { BackendsController } from './backends/backends.controller.js';
import { RoutesController } from './backends/routes.controller.js';
import { ApiKeysLedger } from './identity/api-keys.ledger.js';
import { Callers } from './identity/callers.js';
import { KeyDirectory } from './identity/key-directory.js';
import { KeysController } from './identity/keys.controller.js';
import { ManageKeys } from './identity/manage-keys.js';
import { GenerateController } from './generate/generate.controller.js';
import { GenerationMetrics } from './generate/generation-metrics.js';
import { SubmitAndWait } from './generate/submit-and-wait.js';
import { SubmitJob } from './generate/submit-job.js';
import { Health } from './health/health.js';
import { HealthController } from './health/health.controller.js';
import { MetricsController } from './health/metrics.controller.js';
import { FailedAuthentications } from './identity/failed-authentications.js';
import { CancelJob } from './jobs/cancel-job.js';
import { JobsController } from './jobs/jobs.controller.js';
import { OwnJobs } from './jobs/own-jobs.js';
import { PoolPaces } from './jobs/pool-paces.js';
import { QueuePlaces } from './jobs/queue-place.js';
import { AnswerCall } from './openai/answer-call.js';
import { KnownModels } from './openai/known-models.js';
import { ModelsController } from './openai/models.controller.js';
import { StreamCall } from './openai/stream-call.js';
import { OpenAiController } from './openai/openai.controller.js';
import { AdaptiveFactors } from './status/adaptive-factors.js';
import { AdaptiveGauge } from './status/adaptive-gauge.js';
import { PoolGauges } from './status/pool-gauges.js';
import { RedisGauges } from './status/redis-gauges.js';
import { FindLimited } from './rate-limits/find-limited.js';
import { RateLimitsController } from './rate-limits/rate-limits.controller.js';
import { PoolsController } from './pools/pools.controller.js';
import { StatusController } from './status/status.controller.js';
import { EventStreams } from './streaming/event-streams.js';
import { JobStreamController } from './streaming/job-stream.controller.js';
import { JobStreams } from './streaming/job-streams.js';
import { StreamReader } from './streaming/stream.reader.js';
import { SubmitAndStream } from './streaming/submit-and-stream.js';
import { Waiting } from './waiting/waiting.js';
import { DefaultSecretController } from './webhooks/default-secret.controller.js';
import { DeliveriesController } from './webhooks/deliveries.controller.js';
import { EndpointsController } from './webhooks/endpoints.controller.js';
import { webhookStories } from './webhooks/webhook-stories.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { queueStories } from './operator-stories.js';
import { QueuesController } from './queues/queues.controller.js';
import { WorkersController } from './workers/workers.controller.js';

@Module({})
export class ApiModule {
  static with(context: ApiContext): DynamicModule {
    return {
      module: ApiModule,
      controllers: [
        GenerateController,
        OpenAiController,
        ModelsController,
        JobsController,
        JobStreamController,
        KeysController,
        BackendsController,
        RoutesController,
        PoolsController,
        RateLimitsController,
        HealthController,
        MetricsController,
        StatusController,
        SessionController,
        AuditController,
        WorkersController,
        EndpointsController,
        DefaultSecretController,
        DeliveriesController,
        QueuesController,
        DeadLettersController,
        FilesController,
        BatchesController,
        DashboardController,
      ],
      providers: [
        ...given(context),
        ...stories(context),
        ...backendStories(context),
        ...poolStories(context),
        ...webhookStories(context),
        ...batchStories(context),
        ...dashboardStories(context),
      ],
    };
  }
}

function given({ config, metrics, shutdown, queues }: ApiContext): Provider[] {
  return [
    { provide: ApiConfig, useValue: config },
    { provide: Metrics, useValue: metrics },
    { provide: Shutdown, useValue: shutdown },
    { provide: PoolQueues, useValue: queues },
  ];
}

function stories(context: ApiContext): Provider[] {
  const { apiId, config, logger, metrics, producer, subscriber, queues, shutdown, prisma } = context;
  const records = new JobRecords(producer);
  const settlement = new Settlement(producer, config.retentionMs);
  const withdrawals = new Withdrawals(settlement);
  const admissions = new AdmissionLedger(producer, config.retentionMs);
  const workers = new WorkerDirectory(producer);
  const paces = new PoolPaces(producer, queues, workers);
  const rebase = new FairRebase({ redis: producer, queues, metrics, logger });
  const admit = new AdmitJob({ limits: config, ledger: admissions, queues, paces, rebase, metrics });
  const submit = new SubmitJob(config.pools, admit, queues, { withdrawals, metrics });
  const waiting = new Waiting(apiId, { subscriber, producer }, records, { metrics, logger });
  const cancelJob = new CancelJob(settlement, queues, withdrawals, logger);
  const places = new QueuePlaces(queues, paces);
  const keys = prisma === null ? null : new ApiKeysLedger(prisma);
  const directory = new KeyDirectory(producer, keys);
  const failures = new FailedAuthentications(producer);
  const { authMode: mode, apiKeySecret: secret } = config;
  const manageKeys = new ManageKeys({ ledger: keys, directory, secret, tiers: Object.keys(config.tiers) });
  const limits = new CallerLimits(new LimitsReader(producer), config.tiers);
  const adaptive = new AdaptiveFactors(producer);
  const ownJobs = new OwnJobs(producer, records);
  const submitAndWait = new SubmitAndWait({ submit, waiting, cancelJob, places, ownJobs, limits });
  const streams = new JobStreams({ waiting, records, reader: new StreamReader(producer), metrics });
  const submitAndStream = new SubmitAndStream({ submit, streams, cancelJob, places, ownJobs, limits });
  const generationMetrics = new GenerationMetrics(metrics);
  return [
    new AdminAccess(config.adminToken, failures),
    new AdminAudit(prisma === null ? null : new AdminAuditLedger(prisma), logger),
    new AdminAuditReader(prisma),
    generationMetrics,
    submitAndWait,
    new AnswerCall(submitAndWait, ownJobs, cancelJob),
    new StreamCall(submitAndStream, generationMetrics, logger),
    new KnownModels(producer, workers),
    submitAndStream,
    new EventStreams(logger),
    streams,
    ownJobs,
    paces,
    limits,
    new Callers({ mode, secret, directory, failures, metrics }),
    manageKeys,
    new FindLimited(manageKeys),
    directory,
    failures,
    waiting,
    cancelJob,
    places,
    new PoolGauges(producer, queues, metrics),
    new RedisGauges(producer, metrics),
    new AdaptiveGauge(adaptive, workers, metrics),
    new Health(producer, workers, queues.pools, shutdown),
    withdrawals,
  ]
    .map((story): Provider => ({ provide: story.constructor, useValue: story }))
    .concat(queueStories(context, { records, submit, cancelJob }));
}
