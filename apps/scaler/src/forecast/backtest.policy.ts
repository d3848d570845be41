import { FORECAST_MODELS, type ForecastModelName, predictions } from './predictions.policy.js';
import { BUCKETS_A_DAY, BUCKETS_A_WEEK } from './work-series.policy.js';

type Loads = readonly (number | null)[];

/** Too little costs three times as much as too much. */
const QUANTILE = 0.75;
/** A forecast counts when its loss is at most this share of what it is compared with. */
const SHARE_MAX = 0.9;
const BUCKETS_AN_HOUR = 6;
const HISTORY_MIN = 8 * BUCKETS_A_DAY;
/** Of the week that is forecast again, at least this share must be known. */
const KNOWN_MIN = 0.5;
/** Of what is known, a model must forecast at least this share to be judged. */
const COVERED_MIN = 0.9;

export interface Finding {
  readonly model: ForecastModelName;
  /** Mean pinball loss in slots; null when the model could not be judged. */
  readonly pinball_loss: number | null;
  /** Of persistence in the same ten minutes, and of the mean of the hour before. */
  readonly persistence_loss: number | null;
  readonly last_hour_loss: number | null;
  /** How many ten minutes both have forecast. */
  readonly samples: number;
  readonly is_chosen: boolean;
  readonly is_trusted: boolean;
}

/**
 * Loss of a forecast of the 75th percentile: what is missing counts 0.75, what is too much 0.25. Source: R. Koenker, G. Bassett,
 * Regression Quantiles, Econometrica 46 (1978).
 */
export function pinballLoss(actual: number, forecast: number, quantile = QUANTILE): number {
  return actual >= forecast ? quantile * (actual - forecast) : (1 - quantile) * (forecast - actual);
}

/**
 * Forecasts the last seven days again, `steps` ten minutes ahead, with nothing but what was known then, and compares every
 * model with persistence. The best is chosen. It is trusted when it beats persistence by at least a tenth, and the mean of the
 * last hour as well: noise around a level is no pattern, though any mean beats persistence there. Empty with too short or too
 * patchy a history. A series without any work has nothing to gain, so nothing is trusted.
 */
export function backtest(loads: Loads, steps: number): Finding[] {
  if (loads.length < HISTORY_MIN) return [];
  const persistence = predictions('persistence', loads, steps);
  const from = loads.length - BUCKETS_A_WEEK;
  const tested = loads
    .map((_, at) => at)
    .filter((at) => at >= from && isKnown(loads[at]) && isKnown(persistence[at]));
  if (tested.length < KNOWN_MIN * BUCKETS_A_WEEK) return [];
  const trial = { loads, tested, persistence, lastHour: lastHourMeans(loads, steps) };
  const judged = FORECAST_MODELS.map((model) => judge(model, predictions(model, loads, steps), trial));
  const best = Math.min(...judged.map(shareOfPersistence));
  const chosen = judged.find((finding) => shareOfPersistence(finding) === best);
  return judged.map((finding) => ({
    ...finding,
    is_chosen: finding === chosen,
    is_trusted: finding === chosen && isMuchBetter(finding),
  }));
}

interface Trial {
  readonly loads: Loads;
  readonly tested: readonly number[];
  readonly persistence: Loads;
  readonly lastHour: Loads;
}

type Judged = Omit<Finding, 'is_chosen' | 'is_trusted'>;

function judge(model: ForecastModelName, forecasts: Loads, trial: Trial): Judged {
  const covered = trial.tested.filter((at) => isKnown(forecasts[at]));
  const samples = covered.length;
  if (samples < COVERED_MIN * trial.tested.length)
    return { model, pinball_loss: null, persistence_loss: null, last_hour_loss: null, samples };
  const meanLoss = (of: Loads): number =>
    covered.reduce((sum, at) => sum + pinballLoss(trial.loads[at] ?? 0, of[at] ?? 0), 0) / samples;
  return {
    model,
    pinball_loss: meanLoss(forecasts),
    persistence_loss: meanLoss(trial.persistence),
    last_hour_loss: meanLoss(trial.lastHour),
    samples,
  };
}

/** Known wherever persistence is. */
function lastHourMeans(loads: Loads, steps: number): (number | null)[] {
  return loads.map((_, at) => {
    const hour = Array.from({ length: BUCKETS_AN_HOUR }, (_, back) => loads[at - steps - back]).filter(
      isKnown,
    );
    return hour.length === 0 ? null : hour.reduce((sum, load) => sum + load, 0) / hour.length;
  });
}

/** 1 of persistence itself, also where there is nothing to compare. */
function shareOfPersistence({ model, pinball_loss, persistence_loss }: Judged): number {
  if (model === 'persistence') return 1;
  if (pinball_loss === null || persistence_loss === null || persistence_loss === 0) return Infinity;
  return pinball_loss / persistence_loss;
}

function isMuchBetter({ model, pinball_loss, persistence_loss, last_hour_loss }: Judged): boolean {
  if (model === 'persistence' || pinball_loss === null) return false;
  const benchmark = Math.min(persistence_loss ?? 0, last_hour_loss ?? 0);
  return pinball_loss <= SHARE_MAX * benchmark;
}

const isKnown = (load: number | null | undefined): load is number => typeof load === 'number';
