import os from 'node:os';
import process from 'node:process';
import { asMarkdown, asText, type Table } from '../report/tables.js';
import type { Figure, Finding } from './figure.js';

export interface Measured {
  readonly figure: Pick<Figure, 'name' | 'title'>;
  readonly findings: readonly Finding[];
  /** Why it could not be measured; null when it was. */
  readonly trouble: string | null;
  readonly tookSeconds: number;
  /** Processes that wanted to run in the minute before its start and before its end: what else this machine was doing. */
  readonly load: readonly [before: number, after: number];
}

export interface Report {
  readonly command: string;
  readonly seed: number;
  readonly date: string;
  readonly machine: string;
  readonly measured: readonly Measured[];
}

export const isHeld = ({ findings, trouble }: Measured): boolean =>
  trouble === null && findings.every(({ isMet }) => isMet);

export const loadNow = (): number => os.loadavg()[0] ?? Number.NaN;

export function machine(): string {
  const processors = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  const model = processors[0]?.model.trim() || 'unknown';
  return `${processors.length} × ${model}, ${memory} GiB; Node ${process.versions.node}, ${os.type()} ${os.arch()}`;
}

const verdict = (isMet: boolean): string => (isMet ? 'pass' : 'fail');

const rowsOf = (measured: Measured): string[][] => {
  const { figure, findings, trouble } = measured;
  const found = findings.map(({ what, measured: value, bound, isMet }) => [
    figure.name,
    what,
    value,
    bound,
    bound === '–' ? '' : verdict(isMet),
  ]);
  return trouble === null ? found : [...found, [figure.name, trouble, 'not measured', '–', 'fail']];
};

const tableOf = (measured: readonly Measured[]): Table => [
  ['name', 'what', 'measured', 'bound', 'verdict'],
  ...measured.flatMap(rowsOf),
];

export const textOf = (measured: readonly Measured[]): string => asText(tableOf(measured));

export function markdownOf({ command, seed, date, machine: on, measured }: Report): string {
  const loads = measured.map(
    ({ figure, tookSeconds, load: [before, after] }) =>
      `${figure.name} ${Math.round(tookSeconds)} s (${before.toFixed(1)} → ${after.toFixed(1)})`,
  );
  return `\`${command}\`, seed ${seed}, ${date}; ${on}. Time and load average of each: ${loads.join(', ')}.

${asMarkdown(tableOf(measured))}
`;
}
