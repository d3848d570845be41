import { LaunchError } from '../local/launch-error.js';
import type { Figures } from './figures.js';
import type { LogHistogram } from './log-histogram.js';
import { msOf } from './option-values.js';

export type Unit = 'ms' | '%' | '/s' | 'requests';
export const DIMENSIONS = ['tenant', 'tier', 'model'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export interface Threshold {
  /** As it was written. */
  readonly text: string;
  readonly unit: Unit;
  readonly operator: Operator;
  readonly bound: number;
  /** Whose figures; null is everybody's. */
  readonly of: { readonly dimension: Dimension; readonly name: string } | null;
  /** `seconds` is how long it was measured. Null where nothing was. */
  readonly read: (figures: Figures, seconds: number) => number | null;
}

const OPERATORS = {
  '<': (value: number, bound: number) => value < bound,
  '<=': (value: number, bound: number) => value <= bound,
  '>': (value: number, bound: number) => value > bound,
  '>=': (value: number, bound: number) => value >= bound,
} as const;
type Operator = keyof typeof OPERATORS;

type Read = Threshold['read'];
const SHAPE = /^([a-z][a-z0-9._]*)(?:\{(tenant|tier|model)=([^{}]+)\})?(<=|>=|<|>)(\d[a-z0-9.%/]*)$/;
const TIME = /^(?:(ttft|gap)\.)?(?:(p\d+(?:\.\d+)?)|(avg|min|max))$/;

const COUNTED: Readonly<Record<string, Partial<Record<Unit, Read>>>> = {
  errors: { '%': (figures) => figures.errorPercent, requests: (figures) => figures.failed },
  dropped: { '%': (figures) => figures.droppedPercent, requests: (figures) => figures.dropped },
  goodput: {
    '%': (figures) => figures.goodPercent,
    '/s': (figures, seconds) => perSecond(figures.good, seconds),
  },
  rate: { '/s': (figures, seconds) => perSecond(figures.succeeded, seconds) },
  tokens: { '/s': (figures, seconds) => perSecond(figures.outputTokens, seconds) },
  requests: { requests: (figures) => figures.due },
};

const KNOWN =
  'Figures are pN (p50, p99.9 …), avg, min and max of the answers, the same after ttft. and gap. of streams (ttft.p95), errors, dropped, goodput, rate, tokens and requests';

/** @throws LaunchError with what is wrong. */
export function thresholdFrom(text: string, { isStreamed }: { isStreamed: boolean }): Threshold {
  const complain = (what: string): never => {
    throw new LaunchError(`--threshold ${JSON.stringify(text)}: ${what}.`);
  };
  const match = SHAPE.exec(text.replaceAll(/\s*([<>]=?)\s*/g, '$1').trim());
  if (match === null)
    return complain("a threshold is FIGURE<BOUND, such as p95<2s, 'errors<=1%' or 'p95{tier=premium}<1s'");
  const [, figure = '', dimension, name, sign, quantity = ''] = match;
  const reads = readsOf(figure) ?? complain(`there is no figure ${JSON.stringify(figure)}. ${KNOWN}`);
  if (/^(ttft|gap)\./.test(figure) && !isStreamed) complain(`${figure} needs --stream`);
  const { unit, bound } =
    quantityOf(quantity) ?? complain(`${quantity} is no quantity, such as 2s, 500ms, 1%, 5/s or 0`);
  const read = reads[unit] ?? complain(`${figure} is ${Object.keys(reads).map(sayUnit).join(' or ')}`);
  const operator = operatorFrom(sign);
  const known = DIMENSIONS.find((each) => each === dimension);
  const of = known === undefined || name === undefined ? null : { dimension: known, name };
  return { text: text.trim(), unit, operator, bound, of, read };
}

/** What was not measured meets nothing. */
export const isMet = ({ operator, bound }: Threshold, value: number | null): boolean =>
  value !== null && OPERATORS[operator](value, bound);

function readsOf(figure: string): Partial<Record<Unit, Read>> | null {
  if (Object.hasOwn(COUNTED, figure)) return COUNTED[figure] ?? null;
  const [, kind, rank, word] = TIME.exec(figure) ?? [];
  const of = kind === 'ttft' ? firstToken : kind === 'gap' ? gap : latency;
  if (rank !== undefined) {
    const percent = Number(rank.slice(1));
    return percent > 100 ? null : { ms: (figures) => of(figures).percentile(percent) };
  }
  if (word === undefined) return null;
  const which = word === 'avg' ? 'mean' : word === 'min' ? 'min' : 'max';
  return { ms: (figures) => of(figures)[which] };
}

const latency = (figures: Figures): LogHistogram => figures.latency;
const firstToken = (figures: Figures): LogHistogram => figures.firstToken;
const gap = (figures: Figures): LogHistogram => figures.gap;

function quantityOf(text: string): { unit: Unit; bound: number } | null {
  const [, number, suffix] = /^(\d+(?:\.\d+)?)(%|\/s|)$/.exec(text) ?? [];
  if (number !== undefined && suffix !== undefined)
    return { unit: suffix === '%' || suffix === '/s' ? suffix : 'requests', bound: Number(number) };
  const ms = msOf(text);
  return ms === null ? null : { unit: 'ms', bound: ms };
}

function operatorFrom(sign: string | undefined): Operator {
  if (sign === '<' || sign === '<=' || sign === '>' || sign === '>=') return sign;
  throw new Error(`no operator: ${sign ?? ''}`);
}

function sayUnit(unit: string): string {
  if (unit === 'ms') return 'a time, such as 500ms or 2s';
  if (unit === '%') return 'a share in %';
  return unit === '/s' ? 'a rate in /s' : 'a plain number';
}

const perSecond = (count: number, seconds: number): number | null => (seconds > 0 ? count / seconds : null);
