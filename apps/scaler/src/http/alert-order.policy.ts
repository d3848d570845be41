import { SCALING_ORDERS, type ScalingOrder } from '#common/contracts/scaling.js';
import type { Alert } from './alertmanager.schema.js';

export type AlertOrder =
  | { readonly kind: 'put'; readonly pool: string; readonly order: ScalingOrder }
  | { readonly kind: 'remove'; readonly pool: string; readonly id: string }
  | { readonly kind: 'ignored'; readonly because: string };

export interface AlertTerms {
  /** The greatest number of workers of each pool. */
  readonly maxByPool: ReadonlyMap<string, number>;
  /** Redis's time, Unix milliseconds. */
  readonly nowMs: number;
}

const MINUTES_DEFAULT = 10;
const MINUTES_MAX = 24 * 60;
const NAME_CHARACTERS_MAX = 100;

/**
 * What an alert asks of a scaler, by its labels: `sluice_order` (floor, ceiling, pause, fixed), `sluice_workers`, `sluice_pool`,
 * `sluice_minutes`. More workers than the pool may have are as many as it may have. One that is resolved takes its order back.
 */
export function orderOfAlert(
  { status, labels, fingerprint }: Alert,
  { maxByPool, nowMs }: AlertTerms,
): AlertOrder {
  const { sluice_pool: pool = 'default', sluice_order: kind, sluice_workers, sluice_minutes } = labels;
  if (kind === undefined) return ignored('it has no label sluice_order');
  const max = maxByPool.get(pool);
  if (max === undefined) return ignored('there is no such pool');
  if (status === 'resolved') return { kind: 'remove', pool, id: fingerprint };
  if (!isOrder(kind)) return ignored(`sluice_order is one of ${SCALING_ORDERS.join(', ')}`);
  const minutes = sluice_minutes === undefined ? MINUTES_DEFAULT : wholeNumber(sluice_minutes);
  if (minutes === null || minutes < 1 || minutes > MINUTES_MAX) {
    return ignored(`sluice_minutes is a number from 1 to ${MINUTES_MAX}`);
  }
  const wanted = wholeNumber(sluice_workers ?? '');
  if (kind !== 'pause' && wanted === null) return ignored('sluice_workers is a number, 0 or more');
  const order: ScalingOrder = {
    id: fingerprint,
    kind,
    workers: kind === 'pause' || wanted === null ? null : Math.min(wanted, max),
    until_ms: nowMs + minutes * 60_000,
    source: 'alert',
    because: `alert ${(labels['alertname'] ?? 'without a name').slice(0, NAME_CHARACTERS_MAX)}`,
  };
  return { kind: 'put', pool, order };
}

const ignored = (because: string): AlertOrder => ({ kind: 'ignored', because });

const isOrder = (text: string): text is ScalingOrder['kind'] =>
  SCALING_ORDERS.some((order) => order === text);

const wholeNumber = (text: string): number | null => (/^\d{1,6}$/.test(text) ? Number(text) : null);
