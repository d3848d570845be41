import type { Analysis, Distribution } from './analysis.js';

const RULE = '='.repeat(50);

/** What the load test found, in the original's order. */
export function report(analysis: Analysis): string {
  const { total, succeeded, successRate, times, perSecond, workers, backends, errors } = analysis;
  const failed = [...errors].sort(([, left], [, right]) => right - left);
  return [
    RULE,
    'LOAD TEST RESULTS',
    RULE,
    '',
    'Summary:',
    `  Total requests: ${total}`,
    `  Successful: ${succeeded}`,
    `  Failed: ${total - succeeded}`,
    `  Success rate: ${successRate.toFixed(1)} %`,
    `  Answers per second: ${perSecond.toFixed(1)}`,
    ...(failed.length === 0 ? [] : ['', 'Errors:', ...failed.map(([code, count]) => `  ${count} × ${code}`)]),
    '',
    'Response times:',
    `  Average: ${ms(times.average)}`,
    `  Min: ${ms(times.min)}`,
    `  Max: ${ms(times.max)}`,
    `  p50: ${ms(times.p50)}`,
    `  p95: ${ms(times.p95)}`,
    `  p99: ${ms(times.p99)}`,
    '',
    'Load balancing:',
    ...distribution('Workers', workers),
    ...distribution('Backends', backends),
  ].join('\n');
}

function distribution(title: string, { shares, balance }: Distribution): string[] {
  const width = Math.max(0, ...shares.map(({ name }) => name.length));
  const rows = shares.map(
    ({ name, requests, averageMs }) =>
      `    ${name.padEnd(width)}  ${requests} requests, ${ms(averageMs)} on average`,
  );
  return [`  ${title} (balance ${balance.toFixed(1)} %):`, ...rows];
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;
