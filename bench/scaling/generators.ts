import { createDice, type Dice, normalDeviate } from '../../apps/worker/src/backends/simulator/dice.js';
import type { Disturbance, Workload } from './workload.js';

/** How a generated workload goes. Loads are offered ones: arrivals per second × mean service time, in slots. */
interface Pattern {
  readonly about: string;
  readonly hours: number;
  readonly startOfDayS: number;
  readonly min: number;
  readonly peak: number;
  readonly loadAt: (atS: number) => number;
  readonly disturbances: readonly Disturbance[];
}

const MINUTE = 60;
const HOUR = 3_600;
/** Like the conversations of the Azure trace: 4.75 s with a squared coefficient of variation of 0.46. */
const MEAN_SERVICE_S = 5;
const SERVICE_SCV = 0.5;

const calm = { startOfDayS: 0, min: 1, disturbances: [] };
const disturbed = (kind: Disturbance['kind']): Pattern => ({
  ...calm,
  about: `load 24, 1 h, ${kind} from minute 20 to 30`,
  hours: 1,
  peak: 24,
  loadAt: () => 24,
  disturbances: [{ kind, fromS: 20 * MINUTE, untilS: 30 * MINUTE }],
});

const PATTERNS = {
  poisson: { ...calm, about: 'load 24, 2 h', hours: 2, peak: 24, loadAt: () => 24 },
  burst: {
    ...calm,
    about: 'load 7, 3 h; ×8 for 3 min every 30 min',
    hours: 3,
    peak: 56,
    loadAt: (atS) => (atS % (30 * MINUTE) >= 10 * MINUTE && atS % (30 * MINUTE) < 13 * MINUTE ? 56 : 7),
  },
  diurnal: {
    ...calm,
    about: 'load 4 at 04:00 to 32 at 16:00 as a sine, 24 h',
    hours: 24,
    peak: 32,
    loadAt: (atS) => 18 - 14 * Math.cos((2 * Math.PI * (atS - 4 * HOUR)) / (24 * HOUR)),
  },
  sparse: {
    ...calm,
    about: 'load 6 for 5 min of every hour, 8 h, nothing between, no minimum',
    hours: 8,
    min: 0,
    peak: 6,
    loadAt: (atS) => (atS % HOUR >= 30 * MINUTE && atS % HOUR < 35 * MINUTE ? 6 : 0),
  },
  step: {
    ...calm,
    about: 'load 6, from 09:00 on 24; 08:00 to 11:00',
    hours: 3,
    startOfDayS: 8 * HOUR,
    peak: 24,
    loadAt: (atS) => (atS < HOUR ? 6 : 24),
  },
  ramp: {
    ...calm,
    about: 'load 4, within the second hour to 40, 3 h',
    hours: 3,
    peak: 40,
    loadAt: (atS) => 4 + 36 * Math.min(1, Math.max(0, atS / HOUR - 1)),
  },
  outage: {
    ...disturbed('hanging'),
    about: 'load 24, 1 h; backends hang (60 s, then fail) from minute 20 to 30',
  },
  'outage-fast': {
    ...disturbed('refusing'),
    about: 'load 24, 1 h; backends fail within 0.2 s from minute 20 to 30',
  },
  'metric-outage': {
    ...disturbed('blind'),
    about: 'load 24, 1 h; nothing can be read from minute 20 to 30',
  },
  'bad-image': {
    ...disturbed('bad-image'),
    about: 'load 6, from minute 22 on 24, 1 h; new workers end at start from minute 20 to 30',
    loadAt: (atS) => (atS < 22 * MINUTE ? 6 : 24),
  },
} as const satisfies Record<string, Pattern>;

export type GeneratorName = keyof typeof PATTERNS;
const names: Readonly<Record<string, GeneratorName>> = Object.fromEntries(
  Object.keys(PATTERNS).flatMap((name) => (isName(name) ? [[name, name]] : [])),
);
export const GENERATORS: readonly GeneratorName[] = Object.values(names);
function isName(name: string): name is GeneratorName {
  return Object.hasOwn(PATTERNS, name);
}
export const generatorNamed = (name: string): GeneratorName | null => names[name] ?? null;

export const ABOUT_SERVICE = `log-normal service times, mean ${MEAN_SERVICE_S} s, squared coefficient of variation ${SERVICE_SCV}`;

export const aboutGenerator = (name: GeneratorName): string => PATTERNS[name].about;

/** Arrivals as a Poisson process whose rate follows the pattern (by thinning: Lewis and Shedler, 1979). */
export function generated(name: GeneratorName, seed: number): Workload {
  const pattern: Pattern = PATTERNS[name];
  const horizonS = pattern.hours * HOUR;
  const dice = createDice(seed, 1);
  const [arrivals, services]: [number[], number[]] = [[], []];
  for (let atS = 0; ;) {
    atS -= (MEAN_SERVICE_S * Math.log(1 - dice())) / pattern.peak;
    if (atS >= horizonS) break;
    if (dice() * pattern.peak >= pattern.loadAt(atS)) continue;
    arrivals.push(atS);
    services.push(serviceTime(dice));
  }
  const { about, startOfDayS, min, disturbances } = pattern;
  return {
    name,
    about: `${about}; ${ABOUT_SERVICE}`,
    horizonS,
    startOfDayS,
    min,
    arrivals: Float64Array.from(arrivals),
    services: Float64Array.from(services),
    disturbances,
  };
}

const SIGMA = Math.sqrt(Math.log(1 + SERVICE_SCV));

function serviceTime(dice: Dice): number {
  return MEAN_SERVICE_S * Math.exp(SIGMA * normalDeviate(dice) - SIGMA ** 2 / 2);
}
