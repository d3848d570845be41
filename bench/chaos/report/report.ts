import { groupBy } from '../check/known.js';
import type { Finding, Verdict } from '../check/finding.js';
import type { ChaosOptions } from '../options.js';
import type { Happened } from '../world/storm.js';
import type { Figures } from './figures.js';

const IDS_SHOWN = 5;
export const VERDICTS: readonly Verdict[] = ['lost', 'duplicated', 'unexpected'];

export interface Report {
  readonly seed: number;
  readonly command: string;
  readonly date: string;
  readonly verdict: Readonly<Record<Verdict, number>>;
  readonly figures: Figures;
  readonly findings: readonly Finding[];
  readonly faults: readonly {
    readonly kind: string;
    readonly target: string;
    readonly atMs: number;
    readonly tookMs: number;
  }[];
}

export function commandOf({ seed, minutes, jobs, rate, hasWebhooks }: ChaosOptions): string {
  const length = jobs === null ? `--minutes ${minutes}` : `--jobs ${jobs}`;
  return `npm run chaos -- --seed ${seed} ${length} --rate ${rate}${hasWebhooks ? '' : ' --webhooks off'}`;
}

export function reportOf(
  options: ChaosOptions,
  figures: Figures,
  { findings, happened }: { readonly findings: readonly Finding[]; readonly happened: readonly Happened[] },
): Report {
  const count = (verdict: Verdict): number =>
    findings.filter((finding) => finding.verdict === verdict).length;
  return {
    seed: options.seed,
    command: commandOf(options),
    date: new Date().toISOString(),
    verdict: { lost: count('lost'), duplicated: count('duplicated'), unexpected: count('unexpected') },
    figures,
    findings,
    faults: happened.map(({ fault, fromMs, untilMs }) => ({
      kind: fault.kind,
      target: fault.target,
      atMs: fault.atMs,
      tookMs: Math.round(untilMs - fromMs),
    })),
  };
}

const counts = (tally: Readonly<Record<string, number>>): string =>
  Object.entries(tally)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const longest = (byMode: Readonly<Record<string, number>>): string =>
  Object.entries(byMode)
    .map(([mode, ms]) => `${mode} ${seconds(ms)}`)
    .join(', ');

function rowsOf({ figures: f, verdict }: Report): [string, string][] {
  return [
    ['Requests sent', `${f.sent}, in ${f.sendings} tries`],
    ['Told', counts(f.told)],
    ['Codes told', counts(f.codes)],
    ['Jobs accepted and acknowledged', String(f.accepted)],
    ['Jobs nobody was told of (connection died, caller left)', String(f.unheard)],
    ['Jobs taken back after 503', `${f.withdrawn}; refused and run nevertheless ${f.refusedYetRun}`],
    ['How jobs ended', counts(f.ends)],
    ['Delivered more than once', String(f.deliveredAgain)],
    ['Backend calls', `${f.backendCalls}, of them ${f.extraCalls} beyond the first of a job`],
    ['Webhooks received', `${f.hookDeliveries}, of them ${f.hookRepeats} repeated after a 2xx`],
    ['Faults', counts(f.faults)],
    ['Starts that failed while a store was away', String(f.failedStarts)],
    [
      'Longest answers',
      `${longest(f.longestMs)}; this process itself was held up for ${seconds(f.heldUpMs)} at most`,
    ],
    [
      'From a worker’s kill to the next call of its jobs',
      `${f.restarts.count} jobs, at most ${seconds(f.restarts.undisturbedMaxMs)} (${seconds(f.restarts.maxMs)} where more was struck meanwhile)`,
    ],
    ...VERDICTS.map((each): [string, string] => [`**${each}**`, `**${verdict[each]}**`]),
  ];
}

export function asMarkdown(report: Report): string {
  const table = rowsOf(report).map(([name, value]) => `| ${name} | ${value} |`);
  const lines = [`\`${report.command}\` (${report.date.slice(0, 10)})`, '', '| | |', '|---|---|', ...table];
  return `${[...lines, ...findingLines(report)].join('\n')}\n`;
}

export function asText(report: Report): string {
  const rows = rowsOf(report).map(([name, value]) => [name.replaceAll('**', ''), value.replaceAll('**', '')]);
  const width = Math.max(...rows.map(([name]) => name?.length ?? 0));
  return [...rows.map(([name, value]) => `${name?.padEnd(width)}  ${value}`), ...findingLines(report)].join(
    '\n',
  );
}

function findingLines({ findings }: Report): string[] {
  if (findings.length === 0) return [];
  const kinds = [...groupBy(findings, ({ verdict, what }) => `${verdict}: ${what}`)];
  return [
    '',
    ...kinds.flatMap(([kind, all]) => [
      `- ${kind} (${all.length})`,
      ...all.slice(0, IDS_SHOWN).map(({ id, detail }) => `  - ${id}${detail === '' ? '' : ` — ${detail}`}`),
    ]),
  ];
}
