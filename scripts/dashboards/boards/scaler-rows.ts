import { atMost } from '../look.js';
import { series } from '../panels/series.js';
import { table } from '../panels/table.js';
import { rows, rowsOverTime } from '../queries.js';
import { WHY } from '../scaling-reasons.js';

export const decisionTable = table({
  title: 'Decisions that changed the number',
  description:
    'The newest hundred of the time range, each with the steps that led to it: the number in a sentence is how many workers that step says. Rows of the original system have no reasons.',
  width: 24,
  unit: 'none',
  query: rows(`
    SELECT
      e."timestamp" AS time,
      coalesce(e.pool, 'default') AS pool,
      e.old_instances AS "from",
      e.new_instances AS "to",
      why.reasons AS because,
      e.policy,
      e.mode,
      e.epoch
    FROM scaling_events e
    ${WHY}
    WHERE $__timeFilter(e."timestamp") AND coalesce(e.pool, 'default') ~ '^(\${pool:regex})$'
    ORDER BY e."timestamp" DESC
    LIMIT 100`),
  columns: {
    time: { unit: 'dateTimeAsIso', width: 170 },
    pool: { width: 110 },
    from: { width: 60 },
    to: { width: 60 },
    because: { isLong: true },
    policy: { width: 90 },
    mode: { width: 80 },
    epoch: { width: 70 },
  },
});

export const offered = series({
  title: 'Work by ten minutes',
  description:
    'Slots that were busy on average, of the ten pools with most work. The forecast learns from it. No value: nobody looked.',
  width: 12,
  unit: 'none',
  queries: [
    rowsOverTime(`
      SELECT h.bucket_at AS time, h.pool AS metric, h.busy_slot_seconds / 600 AS slots
      FROM work_history h
      WHERE $__timeFilter(h.bucket_at) AND h.pool ~ '^(\${pool:regex})$' AND h.pool IN (
        SELECT h.pool FROM work_history h
        WHERE $__timeFilter(h.bucket_at) AND h.pool ~ '^(\${pool:regex})$'
        GROUP BY h.pool ORDER BY sum(h.busy_slot_seconds) DESC LIMIT 10
      )
      ORDER BY 1`),
  ],
});

export const forecasts = table({
  title: 'Forecasts',
  description:
    'What the last backtest found of each way to forecast. Only one that is chosen and trusted is a floor; its loss is at least a tenth below that of persistence and of the last hour.',
  width: 12,
  unit: 'none',
  query: rows(`
    SELECT
      pool, model, is_chosen AS chosen, is_trusted AS trusted, pinball_loss AS loss,
      pinball_loss / nullif(persistence_loss, 0) AS "against persistence", samples, tested_at AS tested
    FROM forecast_models
    WHERE pool ~ '^(\${pool:regex})$'
    ORDER BY pool, pinball_loss NULLS LAST
    LIMIT 50`),
  columns: {
    loss: { decimals: 2 },
    'against persistence': { unit: 'percentunit', decimals: 0, thresholds: atMost(0.9, 1) },
    tested: { unit: 'dateTimeAsIso' },
  },
});
