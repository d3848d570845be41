import type { Workload } from './workload.js';

const HEAD = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const LINE = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,9})?,(\d{1,9}),(\d{1,9})$/;

/** Seconds that a job holds a slot. No trace says it, so it is derived from tokens. */
export const serviceOf = (contextTokens: number, generatedTokens: number): number =>
  0.3 + contextTokens / 5_000 + generatedTokens * 0.02;

/**
 * Reads a trace with the columns of Azure's LLM inference traces (github.com/Azure/AzurePublicDataset): UTC timestamp with up to
 * seven decimals, tokens of the prompt, tokens generated. The first request is at 0 s.
 * @throws Error that names the line.
 */
export function parseTrace(name: string, text: string): Workload {
  const [head, ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (head?.trim() !== HEAD) throw new Error(`${name}, line 1: the columns must be ${HEAD}.`);
  while (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw new Error(`${name}: it has no requests.`);
  const rows = lines.map((line, at) => rowOf(line, `${name}, line ${at + 2}`));
  const firstS = rows[0]?.atS ?? 0;
  rows.forEach(({ atS }, at) => {
    if (atS < (rows[at - 1]?.atS ?? 0))
      throw new Error(`${name}, line ${at + 2}: earlier than the line before.`);
  });
  const lastS = rows.at(-1)?.atS ?? 0;
  return {
    name: 'trace',
    about: `${name.replace(/^.*\//, '')}, ${rows.length} requests; service times 0.3 s + context tokens / 5000 + generated tokens × 0.02 s`,
    horizonS: Math.ceil(lastS - firstS + 60),
    startOfDayS: firstS % 86_400,
    min: 1,
    arrivals: Float64Array.from(rows, ({ atS }) => atS - firstS),
    services: Float64Array.from(rows, ({ serviceS }) => serviceS),
    disturbances: [],
  };
}

function rowOf(line: string, where: string): { readonly atS: number; readonly serviceS: number } {
  const [, date, time, decimals = '', context, generated] = LINE.exec(line) ?? [];
  const wholeS = Date.parse(`${date ?? ''}T${time ?? ''}Z`) / 1_000;
  if (!Number.isFinite(wholeS))
    throw new Error(
      `${where}: ${JSON.stringify(line.slice(0, 80))} is not a timestamp and two counts of tokens.`,
    );
  return { atS: wholeS + Number(decimals || 0), serviceS: serviceOf(Number(context), Number(generated)) };
}
