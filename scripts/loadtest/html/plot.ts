import { escape, scriptJson } from './escape.js';
import type { Tick } from './ticks.js';

/** What a reader is shown at one place of the x axis. */
export interface Point {
  /** From 0 to 1. */
  readonly at: number;
  readonly title: string;
  readonly values: readonly { readonly mark: string; readonly label: string; readonly value: string }[];
}

export interface Plot {
  readonly title: string;
  readonly note: string;
  /** What a screen reader says for the picture. */
  readonly description: string;
  readonly yTicks: readonly Tick[];
  readonly xTicks: readonly Tick[];
  /** Within 1000 × 1000, stretched over the plot; lines keep their width. */
  readonly shapes: string;
  /** Words within the plot, at a place of the x axis. */
  readonly flags?: readonly Tick[];
  readonly legend: readonly { readonly mark: string; readonly label: string }[];
  readonly points: readonly Point[];
}

export const SIDE = 1_000;
const percent = (part: number): string => `${(part * 100).toFixed(2)}%`;

/** The y coordinate of a part of the height. */
export const yOf = (part: number): number => Math.round((1 - part) * SIDE * 10) / 10;
export const xOf = (part: number): number => Math.round(part * SIDE * 10) / 10;

/** A figure with its legend, and all its values as a table. Labels are text of the page, so that they keep their size on any screen. */
export function figureOf(plot: Plot): string {
  const { title, note, description, yTicks, xTicks, flags = [], shapes, points } = plot;
  const grid = yTicks.map(({ at }) => `<path class="grid" d="M0 ${yOf(at)}H${SIDE}"/>`).join('');
  const label = (axis: string, side: string) => (tick: Tick) =>
    `<span class="${axis}" style="${side}:${percent(tick.at)}">${escape(tick.label)}</span>`;
  return `<figure class="chart">
<figcaption><h3>${escape(title)}</h3><p>${escape(note)}</p></figcaption>
${legendOf(plot)}
<div class="frame"><div class="plot" tabindex="0" role="img" aria-label="${escape(`${title}. ${description}`)}">
<svg viewBox="0 0 ${SIDE} ${SIDE}" preserveAspectRatio="none" aria-hidden="true">${grid}${shapes}</svg>
${yTicks.map(label('y', 'bottom')).join('')}${xTicks.map(label('x', 'left')).join('')}${flags.map(label('flag', 'left')).join('')}
<i class="cursor" hidden></i><div class="tip" hidden></div>
<script type="application/json">${scriptJson(points)}</script>
</div></div>
${tableOf(plot)}
</figure>`;
}

function legendOf({ legend }: Plot): string {
  if (legend.length < 2) return '';
  const entries = legend.map(({ mark, label }) => `<li><i class="key ${mark}"></i>${escape(label)}</li>`);
  return `<ul class="legend">${entries.join('')}</ul>`;
}

function tableOf({ title, points }: Plot): string {
  const [first] = points;
  if (first === undefined) return '';
  const head = first.values.map(({ label }) => `<th scope="col">${escape(label)}</th>`).join('');
  const rows = points.map((point) => {
    const cells = point.values.map(({ value }) => `<td>${escape(value)}</td>`).join('');
    return `<tr><th scope="row">${escape(point.title)}</th>${cells}</tr>`;
  });
  return `<details><summary>Values of “${escape(title)}”</summary><div class="scroll"><table><thead><tr><td></td>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div></details>`;
}
