import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { runTool } from '../../scripts/local/tools.js';
import { program } from '../support/monitoring/monitoring.js';

/** What a program says of these files; it fails the test with that when it finds them wrong. */
async function said(name: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runTool(program(name), args);
  expect({ code, said: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, said: '' });
  return stdout + stderr;
}

const tests = readdirSync('prometheus/tests');

/** Debian's promtool knows no Kubernetes: without what only that could judge, the rest is judged all the same. */
function withoutKubernetes(directory: string): string {
  const config = parse(readFileSync('prometheus/prometheus.kubernetes.yml', 'utf8')) as {
    scrape_configs: Record<string, unknown>[];
  };
  const jobs = config.scrape_configs.map((job) =>
    Object.fromEntries(Object.entries(job).filter(([key]) => key !== 'kubernetes_sd_configs')),
  );
  cpSync('prometheus/rules', path.join(directory, 'rules'), { recursive: true });
  const file = path.join(directory, 'prometheus.kubernetes.yml');
  writeFileSync(file, stringify({ ...config, scrape_configs: jobs }));
  return file;
}

describe('promtool', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'sluice-promtool-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each([
    ['prometheus.yml', () => path.resolve('prometheus/prometheus.yml')],
    ['prometheus.kubernetes.yml', withoutKubernetes],
  ])('finds %s and its rules right', async (_, file) => {
    const answer = await said('promtool', 'check', 'config', file(directory));
    expect(answer.match(/SUCCESS: \d+ rules found/g)).toHaveLength(readdirSync('prometheus/rules').length);
  });

  it.each(tests)('sees each alert of %s fire when it should, and not when it should not', async (file) => {
    await said('promtool', 'test', 'rules', path.resolve('prometheus/tests', file));
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
    const answer = await said('amtool', 'config', 'routes', 'test', config, ...labels);
    // Where Debian has configured it for an Alertmanager, it warns that it is asked about this file instead.
    expect(answer.split('\n')).toContain(receivers);
  });
});
