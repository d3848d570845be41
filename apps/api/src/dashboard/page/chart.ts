import uPlot from '../charts/uPlot.esm.js';
import { element, setText } from './elements.js';

export interface Series {
  readonly name: string;
  /** A custom property of the style sheet. */
  readonly colour: string;
  readonly dash: 'solid' | 'dashed' | 'dotted';
}

export interface ChartPlan {
  readonly series: readonly Series[];
  /** How a value is read. */
  readonly format: (value: number | null) => string;
}

type Table = [number[], ...(number | null)[][]];

const HEIGHT = 150;
const DASHES = { solid: [], dashed: [8, 4], dotted: [2, 3] };
const SPAN_SECONDS = 300;

/** A line chart of the last five minutes. Beside the picture stand its last values, which are also what is read out. */
export class Chart {
  private readonly place = element('div', { class: 'plot', 'aria-hidden': 'true' });
  private readonly legend = element('ul', { class: 'legend' });
  private readonly probe = element('span', { hidden: '' });
  private values: HTMLElement[] = [];
  private picture: uPlot | null = null;
  private table: Table = [[]];

  constructor(
    figure: HTMLElement,
    private plan: ChartPlan,
  ) {
    figure.append(this.place, this.legend, this.probe);
    new ResizeObserver(() => this.picture?.setSize(this.size())).observe(this.place);
    this.draw();
  }

  /** The same lines with new values, or others: then the chart is made anew. */
  show(table: Table, series: readonly Series[] = this.plan.series): void {
    this.table = table;
    if (series.map(({ name }) => name).join('\n') !== this.plan.series.map(({ name }) => name).join('\n')) {
      this.plan = { ...this.plan, series };
      this.draw();
    }
    this.picture?.setData(table);
    this.plan.series.forEach((_, at) => {
      const target = this.values[at];
      if (target !== undefined) setText(target, this.plan.format(table[at + 1]?.at(-1) ?? null));
    });
  }

  /** After the colours of the page have changed. */
  redraw(): void {
    this.draw();
  }

  private draw(): void {
    this.picture?.destroy();
    this.place.replaceChildren();
    const { series } = this.plan;
    this.values = series.map(() => element('b'));
    this.legend.replaceChildren(
      ...series.map(({ name, colour, dash }, at) => {
        const line = element('span', { class: 'line', 'data-dash': dash, 'aria-hidden': 'true' });
        line.style.setProperty('--tone', `var(${colour})`);
        return element('li', {}, line, `${name} `, this.values[at] ?? '');
      }),
    );
    const made = new uPlot(this.options(), this.table, this.place);
    this.picture = made;
    if (this.table[0].length > 0) this.show(this.table);
  }

  private options(): uPlot.Options {
    const [text, line] = [this.colour('--soft'), this.colour('--line')];
    const axis = { stroke: text, font: '12px system-ui, sans-serif', ticks: { show: false } };
    return {
      ...this.size(),
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 6, 0, 0],
      scales: {
        x: { time: true, range: (_, __, last) => [last - SPAN_SECONDS, last] },
        y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 70, size: 26, values: (_, times) => times.map(clock) },
        {
          ...axis,
          grid: { stroke: line, width: 1 },
          size: 58,
          space: 34,
          values: (_, values) => withoutRepeats(values.map((value) => this.plan.format(value))),
        },
      ],
      series: [
        {},
        ...this.plan.series.map(({ name, colour, dash }) => ({
          label: name,
          stroke: this.colour(colour),
          width: 2,
          dash: DASHES[dash],
          points: { show: false },
          spanGaps: true,
        })),
      ],
    };
  }

  private size(): { width: number; height: number } {
    return { width: Math.max(120, this.place.clientWidth), height: HEIGHT };
  }

  /** A canvas knows no custom properties. */
  private colour(property: string): string {
    this.probe.style.color = `var(${property})`;
    return getComputedStyle(this.probe).color;
  }
}

/** Of lines that read alike the lowest is named. */
const withoutRepeats = (texts: readonly string[]): string[] =>
  texts.map((text, at) => (text === texts[at - 1] ? '' : text));

const clock = (seconds: number): string =>
  new Date(seconds * 1_000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
