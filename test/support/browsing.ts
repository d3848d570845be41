import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { findChromium } from './browser.mjs';

export type Look = Pick<BrowserContextOptions, 'viewport' | 'colorScheme' | 'reducedMotion'>;

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WITHIN_MS = 20_000;
const SERIOUS = ['serious', 'critical'];

/** A real browser without a window, and what it complains of. */
export class Browsing {
  /** Errors of pages, violations of their policies among them. */
  complaints: string[] = [];
  private context: BrowserContext | null = null;

  private constructor(private readonly browser: Browser) {}

  static async start(): Promise<Browsing> {
    const executablePath = findChromium();
    if (executablePath === null) throw new Error('there is no Chromium');
    // Root may not use Chromium's own sandbox; only our own pages are opened.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    return new Browsing(await chromium.launch({ executablePath, args }));
  }

  /** A fresh page without cookies; the one before is closed. */
  async open(look: Look): Promise<Page> {
    await this.close();
    this.complaints = [];
    // A context of its own, so that axe may be put in where the page's policy lets nothing in: `violations`.
    this.context = await this.browser.newContext({ reducedMotion: 'reduce', ...look });
    this.context.setDefaultTimeout(WITHIN_MS);
    const page = await this.context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => {
      this.complaints.push(error.message);
    });
    return page;
  }

  /** What a test itself has caused. */
  forgive(expected: RegExp): void {
    this.complaints = this.complaints.filter((complaint) => !expected.test(complaint));
  }

  /** What keeps people out: rule and elements of each serious violation. */
  async violations(page: Page): Promise<string[]> {
    // Evaluated by the debugger, which no policy of the page concerns.
    await page.evaluate(AXE);
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    return violations
      .filter(({ impact }) => SERIOUS.includes(impact ?? ''))
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => String(target)).join(' | ')}`);
  }

  async close(): Promise<void> {
    await this.context?.close();
    this.context = null;
  }

  async end(): Promise<void> {
    await this.close();
    await this.browser.close();
  }
}
