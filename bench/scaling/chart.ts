import { type Span, spansOf } from './chart-spans.js';
import type { Tally } from './tally.js';

/** One policy's run, as a panel of the chart. */
export interface ChartedRun {
  readonly policy: string;
  readonly tally: Tally;
  readonly slots: number;
  readonly objectiveS: number;
}

const WIDTH = 960;
const LEFT = 44;
const PLOT = 900;
const HEAD = 64;
/** Of a panel, and of its curves within it; what is late is below them. */
const PANEL = 128;
const CURVES = 86;
const LATE = 20;
const POINTS = 360;

const STYLE = `text{font:12px system-ui,sans-serif;fill:#777}.t{font-weight:600}
.b{fill:none;stroke:#8888}.o{fill:#8884}.w{fill:none;stroke:#e08a1e}.r{fill:none;stroke:#3b82d6;stroke-width:1.6}.l{fill:#d64545}
.k.w{fill:#e08a1e}.k.r{fill:#3b82d6}`;

const LEGEND = [
  ['o', 'offered load, in workers', 0],
  ['w', 'wanted', 190],
  ['r', 'ready', 275],
  ['l', 'first in line has waited longer than the objective', 350],
] as const;

/**
 * An SVG of runs of one workload, one below the other: offered load, workers wanted and ready, and below in red how long the first in
 * line has waited where that is over the objective. Without a background: it is read on light and on dark. Same runs, same bytes.
 */
export function chartOf(title: string, runs: readonly ChartedRun[]): string {
  const all = runs.map(({ tally }) => spansOf(tally, POINTS));
  const most = runs.reduce(
    (found, { slots }, at) =>
      (all[at] ?? []).reduce(
        (top, { offered, wanted, ready }) => Math.max(top, offered / slots, wanted, ready),
        found,
      ),
    1,
  );
  const height = HEAD + PANEL * runs.length + 16;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<style>${STYLE}</style>`,
    `<title>${escaped(title)}</title><text class="t" x="${LEFT}" y="20">${escaped(title)}</text>`,
    ...LEGEND.map(
      ([style, words, x]) =>
        `<rect class="k ${style}" x="${LEFT + x}" y="31" width="16" height="9"/><text x="${LEFT + x + 22}" y="40">${words}</text>`,
    ),
    ...runs.map((run, at) => panelOf(run, all[at] ?? [], { most, top: HEAD + 12 + PANEL * at })),
    axis(runs[0]?.tally, height - 6),
    '</svg>\n',
  ].join('\n');
}

interface Place {
  readonly most: number;
  readonly top: number;
}

function panelOf(run: ChartedRun, spans: readonly Span[], { most, top }: Place): string {
  const { tally, slots, objectiveS, policy } = run;
  const base = top + CURVES;
  const y = (workers: number): string => shown(base - (CURVES * workers) / most);
  const load = spans.map(({ offered }, at) => `L${xOf(at)} ${y(offered / slots)}`).join('');
  const hours = (tally.workerS / 3_600).toFixed(1);
  const over = tally.waits.filter((wait) => wait > objectiveS).length / Math.max(1, tally.waits.length);
  const words = `${policy}: ${hours} worker-hours, ${(100 * over).toFixed(1)} % over ${objectiveS} s, ${tally.actions.length} actions`;
  return [
    `<text class="t" x="${LEFT}" y="${top - 4}">${escaped(words)}</text>`,
    `<path class="o" d="M${LEFT} ${base}${load}L${LEFT + PLOT} ${base}z"/><path class="b" d="M${LEFT} ${base}h${PLOT}"/>`,
    `<path class="w" d="${stairs(spans.map(({ wanted }) => y(wanted)))}"/>`,
    `<path class="r" d="${stairs(spans.map(({ ready }) => y(ready)))}"/>`,
    `<path class="l" d="${bars(spans, objectiveS, base + 2)}"/>`,
    `<text x="${LEFT - 6}" y="${top + 8}" text-anchor="end">${Math.ceil(most)}</text>`,
    `<text x="${LEFT - 6}" y="${base}" text-anchor="end">0</text>`,
  ].join('\n');
}

/** A line that is level within each span; a span like the one before it costs nothing. */
function stairs(heights: readonly string[]): string {
  let path = `M${LEFT} ${heights[0] ?? 0}`;
  heights.forEach((height, at) => {
    if (at > 0 && height !== heights[at - 1]) path += `H${xOf(at)}V${height}`;
  });
  return `${path}H${LEFT + PLOT}`;
}

/** One for each span in which the objective was broken; a minute late is as high as it gets. */
function bars(spans: readonly Span[], objectiveS: number, top: number): string {
  const width = shown(PLOT / POINTS);
  return spans
    .map(({ headWaitS }, at) => {
      if (headWaitS <= objectiveS) return '';
      const height = shown(Math.min(LATE, 4 + ((LATE - 4) * (headWaitS - objectiveS)) / 60));
      return `M${xOf(at)} ${top}h${width}v${height}h-${width}z`;
    })
    .join('');
}

/** Times of day, at most a dozen of them. */
function axis(tally: Tally | undefined, y: number): string {
  if (tally === undefined) return '';
  const { horizonS, startOfDayS } = tally.workload;
  const everyS = [300, 600, 1_800, 3_600, 7_200].find((step) => horizonS / step <= 12) ?? 14_400;
  const marks = [];
  for (let atS = everyS - (startOfDayS % everyS); atS < horizonS; atS += everyS) {
    const minutes = Math.round((startOfDayS + atS) / 60);
    const words = [Math.floor(minutes / 60) % 24, minutes % 60].map((part) => String(part).padStart(2, '0'));
    marks.push(
      `<text x="${shown(LEFT + (PLOT * atS) / horizonS)}" y="${y}" text-anchor="middle">${words.join(':')}</text>`,
    );
  }
  return marks.join('');
}

const xOf = (at: number): string => shown(LEFT + (PLOT * at) / POINTS);

const shown = (value: number): string => String(Math.round(10 * value) / 10);

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (words: string): string => words.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
