import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { runTool } from '../../scripts/local/tools.js';
import { program } from '../support/monitoring/monitoring.js';
import path from 'node:path';

/** What a program says of these files; it fails the test with that when it finds them wrong. */
async function said(name: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runTool(program(name), args);
  expect({ code, said: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, said: '' });
  return stdout + stderr;
}

const tests = readdirSync('prometheus/tests').map((file) => path.resolve('prometheus/tests', file));

describe('promtool', () => {
  it.each(['prometheus.yml', 'prometheus.kubernetes.yml'])('finds %s and its rules right', async (file) => {
    const answer = await said('promtool', 'check', 'config', path.resolve('prometheus', file));
    expect(answer).toMatch(/\d+ rule files found/);
    expect(answer.match(/SUCCESS: \d+ rules found/g)).toHaveLength(readdirSync('prometheus/rules').length);
  });

  it('sees each alert fire when it should, and not when it should not', async () => {
    await said('promtool', 'test', 'rules', ...tests);
  });
});

describe('amtool', () => {
  it('finds alertmanager.yml right', async () => {
    const answer = await said('amtool', 'check-config', path.resolve('alertmanager/alertmanager.yml'));
    expect(answer).toContain('SUCCESS');
  });

  it.each([
    [['alertname=NewsletterGoesOut', 'severity=warning', 'sluice_order=floor'], 'scaler,operator'],
    [['alertname=HighErrorRate', 'severity=critical'], 'operator'],
    [['alertname=RateLimitSurge', 'severity=warning'], 'operator'],
  ])('sends %j to %s', async (labels, receivers) => {
    const config = `--config.file=${path.resolve('alertmanager/alertmanager.yml')}`;
    expect((await said('amtool', 'config', 'routes', 'test', config, ...labels)).trim()).toBe(receivers);
  });
});
