import type { LoadReport, WindowReport } from '../report.schema.js';
import { type Plot, type Point, SIDE, xOf, yOf } from './plot.js';
import { scaleFor, sayTime, timeTicks } from './ticks.js';

export interface Line {
  /** The class that colours it. */
  readonly mark: string;
  readonly label: string;
  /** Null where nothing was measured: the line is broken there. */
  readonly valueOf: (window: WindowReport, seconds: number) => number | null;
}

export interface LinePlan {
  readonly title: string;
  readonly note: string;
  readonly say: (value: number) => string;
  /** From the lowest to the highest, as a rule; the last is drawn on top. */
  readonly lines: readonly Line[];
  readonly isStacked: boolean;
  /** Drawn over stacked areas, and not part of them. */
  readonly over?: Line;
}

const UNKNOWN = '–';

/** Lines, or areas upon each other, over the time of the run. */
export function linePlot(report: LoadReport, plan: LinePlan): Plot {
  const { windows } = report;
  const seconds = secondsOf(report);
  const values = plan.lines.map((line) =>
    windows.map((window, at) => line.valueOf(window, widthAt(report, at))),
  );
  const over = plan.over;
  const overValues =
    over === undefined ? [] : windows.map((window, at) => over.valueOf(window, widthAt(report, at)));
  const levels = plan.isStacked ? stacked(values) : values;
  const scale = scaleFor(Math.max(0, ...[...levels, overValues].flat().map((value) => value ?? 0)), plan.say);
  const places = windows.map((_, at) => placeOf(report, at));
  const toPath = (line: readonly (number | null)[]) =>
    pathOf(
      line.map((value) => (value === null ? null : value / scale.most)),
      places,
    );
  const shapes = levels.map((line, at) => {
    const mark = plan.lines[at]?.mark ?? '';
    if (!plan.isStacked) return `<path class="line ${mark}" d="${toPath(line)}"/>`;
    return `<path class="area ${mark}" d="${areaOf(line, levels[at - 1], { most: scale.most, places })}"/>`;
  });
  const overShape = over === undefined ? '' : `<path class="line ${over.mark}" d="${toPath(overValues)}"/>`;
  const shown = over === undefined ? plan.lines : [...plan.lines, over];
  const points = windows.map((window, at): Point => ({
    at: places[at] ?? 0,
    title: sayTime(window.at_seconds),
    values: shown
      .map(({ mark, label, valueOf }) => {
        const value = valueOf(window, widthAt(report, at));
        return { mark, label, value: value === null ? UNKNOWN : plan.say(value) };
      })
      .reverse(),
  }));
  return {
    title: plan.title,
    note: plan.note,
    description: describe(shown, [...values, overValues], plan.say),
    yTicks: scale.ticks,
    xTicks: timeTicks(seconds),
    shapes: `${warmUp(report, seconds)}${shapes.join('')}${overShape}`,
    ...(report.warm_up_seconds > 0 ? { flags: [{ at: 0, label: 'warm-up' }] } : {}),
    legend: [...shown].reverse(),
    points,
  };
}

const secondsOf = ({ warm_up_seconds: warmUpSeconds, measured_seconds: measured }: LoadReport): number =>
  Math.max(1e-3, warmUpSeconds + measured);

/** How much of a window the run filled; at least half of it, or one answer at the end would look like a rush. */
function widthAt(report: LoadReport, at: number): number {
  const left = secondsOf(report) - at * report.window_seconds;
  return Math.min(report.window_seconds, Math.max(report.window_seconds / 2, left));
}

/** The middle of the window, from 0 to 1. */
const placeOf = (report: LoadReport, at: number): number =>
  Math.min(1, ((at + 0.5) * report.window_seconds) / secondsOf(report));

function stacked(values: readonly (readonly (number | null)[])[]): number[][] {
  const levels: number[][] = [];
  for (const line of values) {
    const below = levels.at(-1);
    levels.push(line.map((value, at) => (value ?? 0) + (below?.[at] ?? 0)));
  }
  return levels;
}

/** A value between two that are missing is a dot: a line of no length with round ends. */
function pathOf(parts: readonly (number | null)[], places: readonly number[]): string {
  let path = '';
  let isDrawing = false;
  for (const [at, part] of parts.entries()) {
    if (part !== null)
      path += `${isDrawing ? 'L' : 'M'}${xOf(places[at] ?? 0)} ${yOf(part)}${isDrawing ? '' : 'h0'}`;
    isDrawing = part !== null;
  }
  return path;
}

function areaOf(
  line: readonly (number | null)[],
  below: readonly (number | null)[] | undefined,
  { most, places }: { readonly most: number; readonly places: readonly number[] },
): string {
  const corner = (value: number | null | undefined, at: number): string =>
    `${xOf(places[at] ?? 0)} ${yOf((value ?? 0) / most)}`;
  const upper = line.map((value, at) => corner(value, at));
  const lower = line.map((_, at) => corner(below?.[at], at)).reverse();
  return upper.length === 0 ? '' : `M${[...upper, ...lower].join('L')}Z`;
}

function warmUp({ warm_up_seconds: warmUpSeconds }: LoadReport, seconds: number): string {
  if (warmUpSeconds === 0) return '';
  return `<rect class="warm-up" x="0" y="0" width="${xOf(Math.min(1, warmUpSeconds / seconds))}" height="${SIDE}"/>`;
}

function describe(
  lines: readonly Line[],
  values: readonly (readonly (number | null)[])[],
  say: (value: number) => string,
): string {
  const sentences = lines.map(({ label }, at) => {
    const known = (values[at] ?? []).filter((value) => value !== null);
    if (known.length === 0) return `${label}: nothing was measured.`;
    return `${label}: from ${say(Math.min(...known))} to ${say(Math.max(...known))}.`;
  });
  return sentences.join(' ');
}
