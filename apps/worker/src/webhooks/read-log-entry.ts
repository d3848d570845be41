import { jsonOf } from '#common/contracts/json-of.js';
import { webhookLogEntry } from '#common/contracts/webhook.js';
import type { StreamEntry } from '../telling/event-stream.js';
import { type ReadEntry, readEntry } from '../telling/read-event.js';
import type { LoggedWebhook } from './webhook-log.ledger.js';

const logged = jsonOf(webhookLogEntry);

export const readLogEntry = (entry: StreamEntry): ReadEntry<LoggedWebhook> =>
  readEntry(entry, ({ id, fields }) => ({ id, entry: logged.parse(fields['entry']) }));
