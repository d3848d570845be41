import type { Provider } from '@nestjs/common';
import { WebhookDirectory } from '#common/webhooks/webhook-directory.js';
import { WebhookSecretsLedger } from '#common/webhooks/webhook-secrets.ledger.js';
import type { ApiContext } from '../api-context.js';
import { DefaultSecret } from './default-secret.js';
import { ManageEndpoints } from './manage-endpoints.js';
import { OwnDeliveries } from './own-deliveries.js';
import { ReplayDeliveries } from './replay-deliveries.js';
import { WebhookDeliveriesLedger } from './webhook-deliveries.ledger.js';
import { WebhookEndpointsLedger } from './webhook-endpoints.ledger.js';
import { WebhookGauges } from './webhook-gauges.js';
import { WebhookProjection } from './webhook-projection.js';
import { WebhookTargets } from './webhook-targets.js';

/** Webhooks, as tenants see and change them. */
export function webhookStories({
  config,
  logger,
  metrics,
  producer,
  prisma,
  webhooks,
}: ApiContext): Provider[] {
  const directory = new WebhookDirectory(producer);
  const guard = { allowedHosts: config.webhookHosts };
  const endpoints = prisma === null ? null : new WebhookEndpointsLedger(prisma);
  const secrets = prisma === null ? null : new WebhookSecretsLedger(prisma);
  const deliveries = prisma === null ? null : new WebhookDeliveriesLedger(prisma);
  const ledgers = endpoints === null || secrets === null ? null : { endpoints, secrets };
  const projection = new WebhookProjection({ ledgers, directory, logger });
  const own = new OwnDeliveries(deliveries);
  return [
    projection,
    new WebhookTargets(directory, guard),
    new ManageEndpoints({ ledger: endpoints, projection, redis: producer, guard }),
    new DefaultSecret(secrets, projection),
    own,
    new ReplayDeliveries({ deliveries, endpoints, own, queue: webhooks }),
    new WebhookGauges(webhooks, metrics),
  ].map((story) => ({ provide: story.constructor, useValue: story }));
}
