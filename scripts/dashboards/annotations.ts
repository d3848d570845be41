import type { AnnotationQuery } from '@grafana/schema';
import { AMBER, RED } from './look.js';
import { over, POSTGRES, PROMETHEUS, rows } from './queries.js';
import { WHY } from './scaling-reasons.js';

/** What makes the text of an annotation from the labels of a series. */
interface Titled {
  readonly titleFormat: string;
  readonly textFormat: string;
  readonly tagKeys: string;
}

/** Every change of a pool's number of workers, with the scaler's reasons. */
export const scalingDecisions: AnnotationQuery = {
  name: 'Scaling decisions',
  datasource: POSTGRES,
  enable: true,
  hide: false,
  iconColor: 'purple',
  target: {
    ...rows(`
      SELECT
        e."timestamp" AS time,
        coalesce(e.pool, 'default') || ': ' || e.old_instances || ' → ' || e.new_instances || ' workers. '
          || coalesce(why.reasons, '') AS text,
        concat_ws(',', e.pool, e.event_type::text, e.policy, e.mode) AS tags
      FROM scaling_events e
      ${WHY}
      WHERE $__timeFilter(e."timestamp") AND coalesce(e.pool, 'default') ~ '^(\${pool:regex})$'
      ORDER BY e."timestamp" DESC
      LIMIT 200`),
    refId: 'Anno',
  },
};

const ofSeries = (
  name: string,
  iconColor: string,
  expr: string,
  titled: Titled,
): AnnotationQuery & Titled => ({
  name,
  datasource: PROMETHEUS,
  enable: true,
  hide: false,
  iconColor,
  ...titled,
  target: { ...over('', expr), refId: 'Anno' },
});

/** When a worker opened the circuit of a backend. */
export const openedCircuits = ofSeries(
  'Opened circuits',
  RED,
  'topk(20, sum by (backend) (increase(sluice_circuit_transitions_total{state="open", backend=~"$backend"}[1m])) > 0)',
  { titleFormat: 'Circuit opened', textFormat: '{{backend}} is not called for a while', tagKeys: 'backend' },
);

/** When workers ended by themselves. */
export const crashes = ofSeries(
  'Crashes of workers',
  AMBER,
  'topk(20, sum by (pool) (increase(sluice_scaler_crashes_total{pool=~"$pool"}[1m])) > 0)',
  { titleFormat: 'A worker crashed', textFormat: 'in pool {{pool}}', tagKeys: 'pool' },
);
