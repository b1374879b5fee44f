// SPDX-License-Identifier: EUPL-1.2
// browser: headless Chromium on the pages, and what it noticed while a test ran.
import { chromium } from 'playwright-core';

import { startFixture } from './fixture_server.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox', // the tests may run as root
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** { base, isFixture, open, close }: the server named by PEGEL_URL, else the fixture. */
export async function startBrowser() {
  const named = process.env.PEGEL_URL;
  const fixture = named ? null : await startFixture();
  const base = named ? named.replace(/\/?$/, '/') : `http://127.0.0.1:${fixture.address().port}/`;
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  return {
    base,
    isFixture: !named,
    open: (query, options) => openPage(browser, base, query, options),
    async close() {
      await browser.close();
      fixture?.closeAllConnections?.();
      fixture?.close();
    },
  };
}

/** A page with: complaints (console errors, policy violations, foreign requests), answers by address. */
async function openPage(browser, base, query = '', options = {}) {
  const { width = 1280, scheme = 'light', locale = 'de-DE', prepare } = options;
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    locale,
    timezoneId: 'America/New_York', // dates must be the tenant's, not the reader's
  });
  const page = await context.newPage();
  page.complaints = [];
  page.answers = new Map();
  page.on('console', (message) => {
    if (message.type() === 'error') page.complaints.push(message.text());
  });
  page.on('pageerror', (error) => page.complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith('data:'))
      page.complaints.push(`foreign request ${request.url()}`);
  });
  page.on('response', async (response) => {
    const url = new URL(response.url());
    if (!url.pathname.includes('/v1/') || !response.ok()) return;
    page.answers.set(url.pathname.split('/v1/')[1] + url.search, await response.json().catch(() => null));
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  if (prepare) await prepare(page);
  await page.goto(base + query);
  if (options.isSettled !== false) await settled(page);
  return page;
}

/** Everything that the page asked for is there; what was chosen just now has been drawn before. */
export async function settled(page) {
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
  await page.waitForLoadState('networkidle');
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"], .opening.loading'));
}

/** The answer to a question that the page asked: the KPI, and words of its query. Of several periods
 * the last: what it is compared with lies before. */
export function answerTo(page, kpi, words = {}) {
  const found = [...page.answers].filter(([address]) => {
    const url = new URL(address, 'http://localhost/');
    if (url.pathname !== `/kpis/${kpi}` || !url.searchParams.has('from')) return false;
    return Object.entries(words).every(([name, value]) => (url.searchParams.get(name) ?? '') === value);
  });
  if (found.length === 0) throw new Error(`the page did not ask for ${kpi} ${JSON.stringify(words)}`);
  const from = ([address]) => new URL(address, 'http://localhost/').searchParams.get('from');
  return found.sort((a, b) => from(b).localeCompare(from(a)))[0][1];
}
