// Takes the pictures of docs/images from a running Sluice: `node scripts/screenshots.mjs [URL]`, without ADMIN_TOKEN. Keeps it
// busy meanwhile. Needs a Chromium on the PATH, or CHROMIUM=<path>.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { findChromium } from '../test/support/browser.mjs';

const [url = 'http://localhost:8000', into = 'docs/images', seconds = '60'] = process.argv.slice(2);
const folder = path.resolve(path.dirname(path.dirname(fileURLToPath(import.meta.url))), into);
const USERS = ['ada', 'ben', 'cleo', 'dana'];

/** Four tenants, one of whom asks for more than its share; now and then something that fails. */
function keepBusy() {
  const ask = (model, user, more = {}) =>
    fetch(`${url}/generate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-user-id': user },
      body: JSON.stringify({ prompt: 'Why do queues help?', model, mode: 'async', max_tokens: 60, ...more }),
    })
      .then((answer) => answer.text())
      .catch(() => undefined);
  let turn = 0;
  return setInterval(() => {
    turn += 1;
    for (const user of USERS) void ask('sim-fast', user);
    for (let many = 0; many < 3 + 3 * Math.sin(turn / 25); many += 1) void ask('sim-fast', 'ada');
    if (turn % 5 === 0) void ask('sim-slow', 'cleo', { max_tokens: 20 });
    if (turn % 9 === 0) void ask('sim-flaky', 'ben');
    // Now and then more than the slots can do at once, so that jobs wait and the scaler has something to decide.
    if (turn % 60 === 50)
      for (let many = 0; many < 70; many += 1) void ask('sim-slow', 'dana', { max_tokens: 20 });
  }, 400);
}

async function take(browser, name, { wait, height, ...look }) {
  const context = await browser.newContext({ deviceScaleFactor: 1, reducedMotion: 'reduce', ...look });
  const page = await context.newPage();
  await page.goto(`${url}${look.path ?? '/dashboard'}`);
  await wait(page);
  const clip = height === undefined ? {} : { clip: { x: 0, y: 0, width: look.viewport.width, height } };
  await page.screenshot({ path: path.join(folder, name), fullPage: height === undefined, ...clip });
  await context.close();
}

async function prompted(page) {
  await page.getByText('live', { exact: true }).waitFor();
  await pause(Number(seconds) * 1_000);
  await page.getByLabel('Model', { exact: true }).fill('sim-fast');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('Finished.').waitFor({ timeout: 60_000 });
}
const lively = async (page) => {
  await page.getByText('live', { exact: true }).waitFor();
  await pause(6_000);
};

mkdirSync(folder, { recursive: true });
const busy = keepBusy();
const browser = await chromium.launch({
  executablePath: findChromium() ?? undefined,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  const desk = { width: 1_360, height: 940 };
  await take(browser, 'dashboard.png', { viewport: desk, height: 940, colorScheme: 'light', wait: prompted });
  await take(browser, 'dashboard-whole.png', { viewport: desk, colorScheme: 'light', wait: lively });
  await take(browser, 'dashboard-dark.png', { viewport: desk, colorScheme: 'dark', wait: lively });
  const phone = { viewport: { width: 360, height: 780 }, wait: lively };
  await take(browser, 'dashboard-phone.png', phone);
  await take(browser, 'board.png', {
    viewport: { width: 1_360, height: 760 },
    height: 760,
    path: '/admin/board/queue/generate-default?status=active',
    wait: (page) => page.waitForLoadState('networkidle').catch(() => undefined),
  });
} finally {
  clearInterval(busy);
  await browser.close();
}
