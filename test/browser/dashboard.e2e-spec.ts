import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Browsing, type Look } from '../support/browsing.js';
import { type Answer, generate } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Stack } from '../support/stack.js';

const TOKEN = 'a-token-for-the-dashboard';
const CONFIG = {
  pools: { default: { models: ['*'] }, quick: { models: ['quick-*'] } },
  tiers: { anonymous: { requests: { per_minute: 6_000 }, concurrent: { max: 500 } } },
  backends: [
    { id: 'simulator', kind: 'simulator', models: ['sim-*', 'quick-*'] },
    // Nobody listens there: its jobs fail, and its circuit opens.
    { id: 'away', kind: 'openai', url: 'http://127.0.0.1:9/v1', models: ['away'] },
  ],
};
const WORKERS = 2;
/** Of all workers together. */
const SLOTS = WORKERS * 16;
const PHONE = { width: 320, height: 640 };
const DESK = { width: 1_400, height: 900 };

let stack: Stack;
let guarded: string;
let browsing: Browsing;
let page: Page;
let load: NodeJS.Timeout;

const send = (model: string, user: string, timeout_ms = 8_000): Promise<Answer> =>
  generate(
    stack.url(),
    { prompt: 'x', model, mode: 'async', timeout_ms, max_tokens: 40 },
    { 'x-user-id': user },
  );

/** A little of everything, all the time; nothing waits for long. */
function keepBusy(): void {
  const ask = (model: string, user: string): void => {
    void send(model, user).catch(() => undefined);
  };
  load = setInterval(() => {
    for (const user of ['ada', 'ben', 'cleo']) ask('sim-instant', user);
    ask('sim-fast', 'ada');
  }, 250);
  ask('away', 'ben');
}

beforeAll(async () => {
  const starting = Stack.start({ workers: WORKERS, config: CONFIG });
  [stack, browsing] = await Promise.all([starting, Browsing.start()]);
  guarded = `http://127.0.0.1:${(await stack.startApi({ ADMIN_TOKEN: TOKEN })).port}`;
  keepBusy();
}, 60_000);
afterEach(async () => {
  await browsing.close();
  expect(browsing.complaints).toEqual([]);
});
afterAll(async () => {
  clearInterval(load);
  await browsing.end();
  await stack.stop();
});

async function open(look: Look = {}, base = stack.url()): Promise<void> {
  page = await browsing.open({ viewport: DESK, ...look });
  await page.goto(`${base}/dashboard`);
  await page.getByText('live', { exact: true }).waitFor();
}

describe('the dashboard under load', () => {
  it('shows what happens, and goes on by itself', async () => {
    await open();
    for (const name of ['Pools', 'Backends', 'Workers', 'Tenants', 'Recent failures', 'Scaler decisions'])
      expect(await page.getByRole('heading', { name, exact: true }).isVisible()).toBe(true);
    await page.getByRole('cell', { name: 'user:ada' }).first().waitFor();
    await page
      .getByRole('row', { name: /backend_unavailable|deadline_exceeded|backend/ })
      .first()
      .waitFor();
    expect(await page.locator('#chart-traffic canvas').count()).toBe(1);
    const [seen, completed] = [page.locator('#seen'), page.locator('#tiles dd').nth(2)];
    const before = await seen.textContent();
    await eventually('a newer snapshot', async () => ((await seen.textContent()) === before ? null : true));
    await eventually('jobs that complete', async () =>
      Number.parseFloat((await completed.textContent()) ?? '') > 0 ? true : null,
    );
    expect(await page.locator('#announcer').textContent()).not.toContain('undefined');
  });

  it('shows how many wait, and for how long, while there is more to do than there are slots', async () => {
    await open();
    const waiting = page.locator('#tiles > div', { hasText: /^Waiting/ });
    const shown = async (): Promise<number> => Number(await waiting.locator('dd').first().textContent());
    // Each takes a slot for about 5 s: twice as many as there are.
    const sent = await Promise.all(Array.from({ length: 2 * SLOTS }, () => send('sim-slow', 'dora', 60_000)));
    expect(new Set(sent.map(({ status }) => status))).toEqual(new Set([202]));
    await eventually('jobs that wait', async () => ((await shown()) > 0 ? true : null));
    await waiting.getByText(/^oldest \d/).waitFor();
    await page.locator('#pools').getByText(`${SLOTS} of ${SLOTS}`).waitFor();
    await eventually('all to have been taken', async () => ((await shown()) === 0 ? true : null), {
      withinMs: 60_000,
    });
  });

  it('says when the server is gone, and goes on when it is back', async () => {
    const api = await stack.startApi();
    await open({}, `http://127.0.0.1:${api.port}`);
    await api.stop(20_000);
    await page.getByText('reconnecting', { exact: true }).waitFor();
    expect(await page.getByRole('alert').first().textContent()).toContain('not of now');
    await stack.startApi({ PORT: String(api.port) });
    await page.getByText('live', { exact: true }).waitFor();
    browsing.forgive(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|Failed to load resource/);
  });
});

describe('the form', () => {
  it('shows a prompt wait, stream and finish', async () => {
    await open();
    await page.getByLabel('Prompt', { exact: true }).fill('Why do queues help?');
    await page.getByLabel('Model', { exact: true }).fill('sim-fast');
    await page.getByLabel('Most tokens').fill('60');
    await page.getByRole('button', { name: 'Send' }).click();
    const answer = page.getByRole('region', { name: 'Answer' });
    await answer.waitFor();
    const early = (await answer.textContent()) ?? '';
    await page.getByText('Finished.').waitFor();
    const whole = (await answer.textContent()) ?? '';
    expect(early.length).toBeGreaterThan(0);
    expect(whole.length).toBeGreaterThan(early.length);
    expect(await page.locator('#job-facts').textContent()).toContain('Waited');
  });

  it('cancels, and says errors in words', async () => {
    await open();
    await page.getByLabel('Model', { exact: true }).fill('sim-hang');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('A worker runs it.').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Cancelled.').waitFor();
    await page.getByLabel('Model', { exact: true }).fill('sim-fast');
    await page.getByLabel('API key').fill('sk-sluice-not-a-key');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('(invalid_api_key)').waitFor();
    browsing.forgive(/status of 401/);
  });
});

describe('with ADMIN_TOKEN', () => {
  it('the page asks to sign in first, opens, and signs out', async () => {
    page = await browsing.open({ viewport: DESK });
    await page.goto(`${guarded}/dashboard`);
    await page.getByLabel('Admin token').fill(TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('live', { exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/dashboard');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Admin token').waitFor();
  });
});

describe('for everybody', () => {
  it.each<[how: string, look: Look]>([
    ['in light', { colorScheme: 'light' }],
    ['in dark', { colorScheme: 'dark' }],
    ['on a phone', { viewport: PHONE }],
    ['on a phone in dark', { viewport: PHONE, colorScheme: 'dark' }],
  ])('nothing serious keeps anybody out, %s', async (_, look) => {
    await open(look);
    await page.getByRole('cell', { name: 'user:ada' }).first().waitFor();
    expect(await browsing.violations(page)).toEqual([]);
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(look.viewport?.width ?? DESK.width);
  });

  it('all of it can be used with the keyboard, and the colours chosen stay', async () => {
    await open();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement?.textContent')).toBe('Skip to the figures');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement?.id')).toBe('main');
    await page.getByLabel('Colours').selectOption('dark');
    await page.reload();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
  });
});
