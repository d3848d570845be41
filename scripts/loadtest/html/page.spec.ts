import { describe, expect, it } from '@jest/globals';
import type { Answer, Outcome } from '../answer.js';
import { readOptions } from '../options.js';
import { report as text } from '../report.js';
import { loadReport } from '../report.schema.js';
import { RunRecord } from '../run-record.js';
import { summarize } from '../summarize.js';
import { page } from './page.js';
import { SCRIPT } from './script.js';

const NASTY = '</script><img src=x onerror=alert(1)>';
const options = readOptions([
  '--rate',
  '10',
  '--duration',
  '10s',
  '--warm-up',
  '1s',
  '--stream',
  '--good-within',
  '1s',
]);
if (options === null) throw new Error('no options');

/** Ten seconds of a server that gets slower and refuses some. */
function measured(answers = 100, sendingMs = 10_000) {
  const began = performance.now() - 10_500;
  const record = new RunRecord(began, 1_000, { withinMs: 1_000, firstTokenMs: null });
  for (let at = 0; at < answers; at += 1) {
    const caller = { key: 'sk-secret', tenant: at % 3 === 0 ? NASTY : 'acme', tier: 'premium' };
    const request = { caller, userId: 'u', model: 'sim', prompt: 'geheim', maxTokens: 1 };
    const dueAt = began + at * 100;
    const outcome: Outcome =
      at % 10 === 9
        ? { kind: 'failed', status: '429', code: `429 ${NASTY}` }
        : { kind: 'generated', status: '200', workerId: 'w1', backendId: 'b1', outputTokens: 20 };
    const endedAt = dueAt + 100 + at * 10;
    const answer: Answer = {
      request,
      dueAt,
      sentAt: dueAt,
      endedAt,
      firstTokenAt: dueAt + 50,
      gapsMs: [5, 6],
      outcome,
    };
    record.due(request, dueAt, 3);
    record.take(answer);
  }
  record.sendingEndedAt = began + sendingMs;
  record.endedAt = began + 10_000;
  if (options === null) throw new Error('no options');
  return summarize(record, options, {
    beganAt: new Date(0),
    isInterrupted: false,
  });
}

describe('the report', () => {
  it('is what its schema says, leaves the warm-up out of its figures, and has it in its windows', () => {
    const report = loadReport.parse(JSON.parse(JSON.stringify(measured())));
    expect(report.summary).toMatchObject({ due: 90, succeeded: 81, failed: 9, due_per_second: 10 });
    expect(measured(100, 0).summary.due_per_second).toBeNull();
    expect(report.windows.reduce((sum, { due }) => sum + due, 0)).toBe(100);
    expect(report.groups.tenant.map(({ due }) => due)).toEqual([60, 30]);
    expect(report).toMatchObject({ is_passed: false, warm_up_seconds: 1, measured_seconds: 9 });
  });

  it('tells no key and no prompt, in none of its forms', () => {
    const report = measured();
    for (const form of [JSON.stringify(report), page(report), text(report)])
      expect(form).not.toMatch(/sk-secret|geheim/);
  });
});

describe('the page', () => {
  it('needs nothing from elsewhere, and shows what servers and files say as text', () => {
    const html = page(measured());
    expect(html).not.toMatch(/<[^>]+(?:src|href)=|url\(|@import/);
    expect(html).not.toContain('<img');
    // One end for each script element: those of the plots and the page's own.
    expect(html.match(/<\/script>/g)).toHaveLength(html.match(/<script/g)?.length ?? 0);
  });

  it('has a description and a table for each of its charts', () => {
    const html = page(measured());
    const charts = html.match(/<figure class="chart">/g)?.length ?? 0;
    expect(charts).toBe(8);
    expect(html.match(/role="img" aria-label="[^"]+"/g)).toHaveLength(charts);
    expect(html.match(/<details>/g)).toHaveLength(charts);
    expect(html.replace(SCRIPT, '')).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('can be made of a run in which nothing was answered', () => {
    const html = page(measured(0));
    expect(html).toContain('nothing was measured');
    expect(html.replace(SCRIPT, '')).not.toMatch(/NaN|Infinity|undefined/);
  });
});
