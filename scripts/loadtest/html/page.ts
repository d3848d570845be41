import { warningOf } from '../report.js';
import type { LoadReport } from '../report.schema.js';
import { ms, percent, perSecond } from '../say-figures.js';
import { chartsOf } from './charts.js';
import { escape } from './escape.js';
import { figureOf } from './plot.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';
import { tablesOf, thresholdsOf } from './tables.js';
import { sayMs } from './ticks.js';

interface Tile {
  readonly name: string;
  readonly value: string;
  readonly more: string;
}

/** The report as one file that needs nothing else, and no network. */
export function page(report: LoadReport): string {
  const { is_passed: isPassed, target } = report;
  const verdict = isPassed ? 'All thresholds met' : 'Thresholds missed';
  const warning = warningOf(report);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${isPassed ? '✓' : '✗'} Load test of ${escape(target.url)}</title>
<style>${STYLE}</style>
</head>
<body><main>
<header class="top"><h1>Load test</h1><span class="verdict ${isPassed ? 'met' : 'missed'}">${isPassed ? '✓' : '✗'} ${verdict}</span>
<p>${escape(sentenceOf(report))}</p></header>
${warning === null ? '' : `<p class="warning">${escape(warning)}</p>`}
<dl class="tiles">${tilesOf(report).map(tile).join('')}</dl>
<h2>Thresholds</h2>
${thresholdsOf(report)}
<h2>Charts</h2>
<div class="charts">${chartsOf(report).map(figureOf).join('\n')}</div>
<h2>Figures</h2>
${tablesOf(report)}
<h2>How it was measured</h2>
<ul class="notes">${notesOf(report)
    .map((note) => `<li>${escape(note)}</li>`)
    .join('')}</ul>
</main><script>${SCRIPT}</script></body>
</html>
`;
}

function sentenceOf({
  load,
  target,
  began_at: began,
  ended,
  warm_up_seconds: warmUp,
  measured_seconds: measured,
}: LoadReport): string {
  const route = target.route === 'chat' ? '/v1/chat/completions' : '/generate';
  const streamed = target.is_streamed ? ', streamed' : '';
  const early = ended === 'interrupted' ? ' Stopped early.' : '';
  const after = warmUp > 0 ? ` after ${warmUp} s of warm-up` : '';
  return `${load}, to ${target.url}${route}${streamed}. Began ${began.replace('T', ' ').slice(0, 19)} UTC, measured for ${measured.toFixed(1)} s${after}.${early}`;
}

const time = (value: number | null): string => (value === null ? '–' : sayMs(value));

function tilesOf({ summary, target }: LoadReport): Tile[] {
  const { latency_ms: latency, first_token_ms: firstToken } = summary;
  return [
    {
      name: 'Requests',
      value: String(summary.due),
      more: `${perSecond(summary.due_per_second)}/s were due`,
    },
    {
      name: 'Answers/s',
      value: perSecond(summary.succeeded_per_second),
      more: `${summary.succeeded} succeeded`,
    },
    { name: 'Latency p50', value: time(latency?.p50 ?? null), more: `mean ${time(latency?.mean ?? null)}` },
    { name: 'Latency p95', value: time(latency?.p95 ?? null), more: `p99 ${time(latency?.p99 ?? null)}` },
    ...(target.is_streamed
      ? [
          {
            name: 'First token p95',
            value: time(firstToken?.p95 ?? null),
            more: `p50 ${time(firstToken?.p50 ?? null)}`,
          },
          {
            name: 'Tokens/s',
            value: perSecond(summary.output_tokens_per_second),
            more: `${perSecond(summary.stream_tokens_per_second?.p50 ?? null)} in the median stream`,
          },
        ]
      : []),
    { name: 'Errors', value: percent(summary.errors_percent), more: lossesOf(summary) },
    {
      name: 'Goodput',
      value: percent(summary.goodput_percent),
      more: `${perSecond(summary.good_per_second)}/s`,
    },
  ];
}

function lossesOf({ failed, dropped, unfinished }: LoadReport['summary']): string {
  const unanswered = unfinished > 0 ? `, ${unfinished} unfinished` : '';
  return `${failed} failed, ${dropped} dropped${unanswered}`;
}

const tile = ({ name, value, more }: Tile): string =>
  `<div><dt>${escape(name)}</dt><dd>${escape(value)}<small>${escape(more)}</small></dd></div>`;

function notesOf({
  objective,
  percentile_error_percent: error,
  window_seconds: width,
  seed,
}: LoadReport): string[] {
  const { within_ms: within, first_token_ms: firstToken } = objective;
  const bounds = [
    ...(within === null ? [] : [`within ${ms(within)}`]),
    ...(firstToken === null ? [] : [`with the first token within ${ms(firstToken)}`]),
  ];
  return [
    'Latency counts from when a request was due, not from when it could be sent: waiting is not hidden, wherever it happens.',
    'Times are those of successes. What failed, was dropped or came late is in errors, dropped and goodput.',
    `Goodput is the share of requests due that succeeded${bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`}.`,
    `Percentiles are exact to ±${error} % of their value. A window of the charts is ${width} s wide.`,
    `What was drawn at random comes from the seed ${seed}.`,
  ];
}
