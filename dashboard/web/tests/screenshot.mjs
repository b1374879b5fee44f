// SPDX-License-Identifier: EUPL-1.2
// screenshot: a picture of the page of a running program, or of the fixture, for the documentation.
//
//   [PEGEL_URL=http://127.0.0.1:8080/] node tests/screenshot.mjs page.png ['?lang=en'] [width] [dark]
import { startBrowser } from './browser.mjs';

const [file, query = '?lang=en', width = '1320', scheme = 'light'] = process.argv.slice(2);
if (!file) {
  console.error('usage: node tests/screenshot.mjs FILE.png [QUERY] [WIDTH] [light|dark]');
  process.exit(2);
}
const browser = await startBrowser();
try {
  const page = await browser.open(query, { width: Number(width), scheme });
  await page.screenshot({ path: file, fullPage: true });
} finally {
  await browser.close();
}
