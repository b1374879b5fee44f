// SPDX-License-Identifier: EUPL-1.2
// The page in a browser, as people use it. Runs against the fixture, or with PEGEL_URL against a
// running program; what needs the fixture's towns is then left out.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { questionsOfPage } from '../../../benchmarks/page.mjs';
import { answerTo, settled, startBrowser } from './browser.mjs';
import { TOWN, VILLAGE, YOUNG } from './fixture_server.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser.close());

const isReal = process.env.PEGEL_URL ? 'against a running program' : false;

async function withPage(query, options, use) {
  const page = await browser.open(query, options);
  try {
    await use(page);
  } finally {
    await page.context().close();
  }
}

const textOf = async (page, selector) => (await page.locator(selector).first().innerText()).replace(/\s+/g, ' ').trim();

/** The numbers that a table was made from, by row and column. */
async function tableValues(page, panel) {
  return page.locator(`.panel-${panel} tbody tr`).evaluateAll((rows) =>
    rows.map((row) =>
      [...row.querySelectorAll('td[data-value]')].map((cell) =>
        cell.dataset.value === '' ? null : Number(cell.dataset.value),
      ),
    ),
  );
}

const showTable = (page, panel) => page.locator(`.panel-${panel} button.turn`).click();

test('the opening and the cards say what the data say', async () => {
  await withPage('?lang=de', {}, async (page) => {
    const answer = answerTo(page, 'processing_time', { by: '' });
    const shown = await textOf(page, '.card-processing_time .figure-number');
    const days = answer.rows[0].value / 86400;
    const asDays = new Intl.NumberFormat('de-DE', { maximumFractionDigits: days < 9.95 ? 1 : 0 }).format(days);
    if (days >= 1) assert.equal(shown, asDays);
    assert.match(await textOf(page, '.opening'), new RegExp(`nach ${shown} `));
    assert.match(await textOf(page, '.card-processing_time h3'), new RegExp(answer.definition.name));
    const basis = await textOf(page, '.card-processing_time .card-basis');
    assert.ok(basis.includes(new Intl.NumberFormat('de-DE').format(answer.rows[0].n)), basis);
    assert.deepEqual(page.complaints, []);
  });
});

test('the story tells what got better and what to watch', { skip: isReal }, async () => {
  await withPage('?lang=en&period=2026-10', {}, async (page) => {
    assert.equal(
      await textOf(page, '.opening'),
      'Half of all applications are done after 9.7 days, 0.9 days faster than a year earlier. ' +
        'Better now: Waiting time on site 7 minutes, 3.6 minutes shorter than a year earlier. ' +
        'Keep an eye on: Housing benefit, first application takes a median of 35 days (target: 30 days).',
    );
  });
});

const CLAIM = /(schneller|langsamer|kürzer|länger|weniger|mehr|besser|schlechter) als/;

test('data that begin with the comparison give no claim, and say why', { skip: isReal }, async () => {
  await withPage(`?lang=de&tenant=${YOUNG}&period=2026-10`, {}, async (page) => {
    const opening = await textOf(page, '.opening');
    assert.match(opening, /^Die Hälfte der Anträge ist nach .* fertig\. Mit dem Vorjahr lässt sich noch nichts vergleichen: die Daten beginnen erst am 1\. Oktober 2025\./);
    assert.doesNotMatch(opening, /Sonst fällt nichts auf/);
    const changes = await page.locator('.change').allInnerTexts();
    assert.ok(changes.length > 6);
    const compared = changes.filter((text) => !/Kapital|Rechnet sich/.test(text));
    for (const text of compared) assert.match(text, /Kein Vergleich: die Daten beginnen erst am 1\. Oktober 2025/);
    assert.match(await textOf(page, '.panel-attention .caption'), /Kein Vergleich mit dem Vorjahr: die Daten beginnen erst am 1\. Oktober 2025/);
    for (const text of [opening, ...changes, await textOf(page, '.services')]) assert.doesNotMatch(text, CLAIM);
    assert.match(await textOf(page, '.panel-processing .unsettled'), /^Bis Oktober 2025 fehlen lange Fälle, weil die Daten erst am 1\. Oktober 2025 beginnen/);
    assert.equal(await page.locator('.panel-processing .time-chart .veil').count(), 1);
    await showTable(page, 'processing');
    const months = await page.locator('.panel-processing tbody tr').allInnerTexts();
    assert.equal(months.filter((text) => /lange Fälle fehlen/.test(text)).length, 1);
    assert.match(months[0], /lange Fälle fehlen/);
    assert.doesNotMatch(months[months.length - 1], /lange Fälle fehlen/);
    assert.deepEqual(page.complaints, []);
  });
});

test('a month that can only hold quick cases is neither compared with nor praised', { skip: isReal }, async () => {
  const where = `?lang=de&tenant=${YOUNG}&service=wohngeld-erstantrag`; // nine of ten within 82 days
  await withPage(`${where}&period=2026-02&compare=before`, {}, async (page) => {
    assert.match(await textOf(page, '.card-processing_time .change'), /im Vormonat$/, 'January holds');
    assert.doesNotMatch(await textOf(page, '.card-processing_time .change'), /Kein Vergleich/);
    assert.match(await textOf(page, '.panel-processing .unsettled'), /^Bis Dezember 2025/);
    const building = page.locator('.services tr', { hasText: 'Einbürgerung' });
    assert.doesNotMatch(await building.innerText(), CLAIM, 'not for what takes more than a year');
    assert.match(await building.innerText(), /lange Fälle/);
  });
  await withPage(`${where}&period=2026-01&compare=before`, {}, async (page) => {
    assert.match(await textOf(page, '.card-processing_time .change'), /Kein Vergleich: im Vormonat fehlen noch lange Fälle/);
    assert.match(await textOf(page, '.opening'), /lässt sich noch nicht sagen: damals fehlen lange Fälle/);
    assert.match(await textOf(page, '.card-no_show .change'), /im Vormonat/);
  });
  await withPage(`${where}&period=2025-10`, {}, async (page) => {
    assert.match(await textOf(page, '.opening'), /^Von den bisher abgeschlossenen Anträgen war die Hälfte nach .* fertig; lange Fälle fehlen noch/);
    assert.match(await textOf(page, '.card-processing_time .change'), /Noch zu niedrig/);
    assert.match(await textOf(page, '.card-processing_time .target'), /noch nicht zu sagen/);
    for (const text of await page.locator('.services tbody tr').allInnerTexts()) assert.doesNotMatch(text, CLAIM);
    assert.doesNotMatch(await textOf(page, '.services'), /im Ziel|schneller|langsamer/);
  });
});

test('what is chosen stands in the address and changes the data', async () => {
  await withPage('?lang=en', {}, async (page) => {
    const field = (label) => page.getByLabel(label, { exact: true });
    const before = await textOf(page, '.card-processing_time');
    const service = await field('Service').locator('option').nth(1).getAttribute('value');
    await field('Service').selectOption(service);
    await settled(page);
    assert.equal(new URL(page.url()).searchParams.get('service'), service);
    assert.ok(answerTo(page, 'processing_time', { service, by: 'month' }));
    assert.notEqual(await textOf(page, '.card-processing_time'), before);

    const period = await field('Period').locator('optgroup').nth(1).locator('option').first().getAttribute('value');
    await field('Period').selectOption(period);
    await settled(page);
    assert.equal(new URL(page.url()).searchParams.get('period'), period);
    await field('Compared with').selectOption('before');
    await settled(page);
    assert.equal(new URL(page.url()).searchParams.get('compare'), 'before');
    const chosen = await textOf(page, '.card-processing_time');

    await page.reload();
    await settled(page);
    assert.equal(await textOf(page, '.card-processing_time'), chosen);
    for (let step = 0; step < 3; step++) await page.goBack();
    await settled(page);
    assert.equal(await textOf(page, '.card-processing_time'), before);
    assert.equal(await field('Service').inputValue(), '');
    assert.deepEqual(page.complaints, []);
  });
});

test('a period of the address stays chosen, also outside of the data', { skip: isReal }, async () => {
  await withPage('?lang=en&period=2019-Q2&compare=before', {}, async (page) => {
    assert.equal(await page.getByLabel('Period').inputValue(), '2019-Q2');
    assert.equal(await textOf(page, '.opening'), 'Nothing has been reported for this selection.');
    assert.match(await textOf(page, '.panel-processing'), /Nothing has been reported/);
  });
  await withPage('?lang=en&period=2025&compare=before', {}, async (page) => {
    assert.equal(await page.getByLabel('Compared with').inputValue(), 'year');
    assert.ok(answerTo(page, 'processing_time', { from: '2024-01-01', to: '2025-01-01', by: '' }));
  });
});

test('another municipality is another page', { skip: isReal }, async () => {
  await withPage(`?lang=de&service=wohngeld-erstantrag`, {}, async (page) => {
    await page.getByLabel('Kommune').selectOption(VILLAGE);
    await settled(page);
    assert.equal(await textOf(page, 'h1'), 'Wie läuft es in Kleinhausen an der Vöckla?');
    assert.match(await page.title(), /Kleinhausen.*Oktober 2026/);
    assert.equal(new URL(page.url()).searchParams.get('service'), null);
  });
});

test('every chart is a table with the same numbers', async () => {
  await withPage('?lang=de', {}, async (page) => {
    const course = answerTo(page, 'processing_time', { by: 'month' });
    await showTable(page, 'processing');
    const known = (await tableValues(page, 'processing')).filter((row) => row.some((cell) => cell !== null));
    assert.deepEqual(
      known,
      course.rows.filter(({ n }) => n > 0).map(({ p25, p50, p75, p90 }) => [p25, p50, p75, p90]),
    );

    const online = answerTo(page, 'digital_take_up', { by: 'month' });
    await showTable(page, 'online');
    const shares = (await tableValues(page, 'online')).flat().filter((cell) => cell !== null);
    assert.deepEqual(shares, online.rows.map(({ value }) => value).filter((value) => value !== null));

    const services = answerTo(page, 'processing_time', { by: 'service' });
    const more = page.locator('.panel-attention .more');
    if (await more.count()) await more.click();
    const medians = (await tableValues(page, 'attention')).flat();
    assert.equal(medians.length, services.rows.length);
    const asNumbers = (values) => values.filter((value) => value !== null).sort((a, b) => a - b);
    assert.deepEqual(asNumbers(medians), asNumbers(services.rows.map(({ value }) => value)));

    const chosen = [...page.answers.keys()].filter((address) => address.startsWith('kpis/funnel'));
    const funnel = page.answers.get(chosen[chosen.length - 1]);
    await showTable(page, 'funnel');
    assert.deepEqual(
      (await tableValues(page, 'funnel')).sort((a, b) => b[0] - a[0]),
      funnel.rows.map(({ reach, drop }) => [reach, drop]).sort((a, b) => b[0] - a[0]),
    );
    for (const scope of await page.locator('th').evaluateAll((cells) => cells.map((cell) => cell.scope)))
      assert.match(scope, /^(row|col)$/);
  });
});

test('one step of the funnel is hot, and said in words', { skip: isReal }, async () => {
  await withPage('?lang=de&service=wohngeld-erstantrag', {}, async (page) => {
    assert.equal(await page.locator('.panel-funnel .step.hot').count(), 1);
    assert.match(await textOf(page, '.step.hot'), /Einkommen 8\d −31 .*Hier hören die meisten auf/);
    assert.match(await textOf(page, '.panel-funnel .caption'), /^Wohngeld, Erstantrag online/);
    const names = await page.locator('.panel-funnel .step-name').allInnerTexts();
    assert.deepEqual(names, ['Angefangen', 'Angaben zur Person', 'Wohnung', 'Einkommen', 'Nachweise', 'zusammenfassung', 'Abgeschickt']);
  });
});

test('definitions come from the catalogue, files from the API', async () => {
  await withPage('?lang=de', {}, async (page) => {
    const { definition } = answerTo(page, 'processing_time', { by: 'month' });
    const button = page.locator('.panel-processing button[aria-expanded]');
    assert.equal(await page.locator('.panel-processing .definition').isVisible(), false);
    await button.click();
    assert.equal(await button.getAttribute('aria-expanded'), 'true');
    const text = await textOf(page, '.panel-processing .definition');
    for (const part of [definition.name, definition.explanation, definition.formula])
      assert.ok(text.includes(part.replace(/\s+/g, ' ')), part);

    const links = await page.locator('a[download]:not(.panel-pilots a)').evaluateAll((all) => all.map((link) => link.href));
    assert.ok(links.length >= 10);
    for (const link of links) {
      const response = await page.request.get(link);
      assert.match(response.headers()['content-type'], /^text\/csv/, link);
    }
  });
});

test('the keyboard reaches everything, sees where it is, and gets out again', async () => {
  await withPage('?lang=en', {}, async (page) => {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'content');

    await page.evaluate(() => document.activeElement.blur());
    await page.locator('body').press('Home');
    const wanted = await page
      .locator('a[href], button, select, summary, [tabindex="0"]')
      .evaluateAll((all) => all.filter((element) => element.checkVisibility()).length);
    const seen = new Set();
    await page.locator('.skip').focus();
    for (let at = 0; at < wanted + 5; at++) {
      const { key, isMarked } = await page.evaluate(() => {
        const element = document.activeElement;
        element.dataset.seen ??= String(Math.random());
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return { key: element.dataset.seen, isMarked: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 };
      });
      if (seen.has(key) || key === undefined) break;
      assert.ok(isMarked, `focus is invisible on stop ${at}`);
      seen.add(key);
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement === document.body)) break;
    }
    assert.equal(seen.size, wanted);
  });
});

test('a chart is read month by month with the arrow keys', async () => {
  await withPage('?lang=en', {}, async (page) => {
    const chart = page.locator('.panel-processing [role=slider]');
    await chart.focus();
    const last = await chart.getAttribute('aria-valuetext');
    assert.match(last, /: Median .+half of all applications .+9 out of 10 done/);
    await page.keyboard.press('ArrowLeft');
    const earlier = await chart.getAttribute('aria-valuetext');
    assert.notEqual(earlier, last);
    assert.equal(await textOf(page, '.panel-processing .readout'), earlier.replace(/\s+/g, ' '));
    await page.keyboard.press('End');
    assert.equal(await chart.getAttribute('aria-valuetext'), last);
    assert.ok((await chart.getAttribute('aria-describedby')).length > 0);
  });
});

for (const [lang, dir, scheme] of [['de', 'ltr', 'light'], ['en', 'ltr', 'dark'], ['tr', 'ltr', 'light'], ['ar', 'rtl', 'dark']])
  test(`nothing is cut or overflows: ${lang}`, async () => {
    for (const width of [320, 768, 1280]) {
      await withPage(`?lang=${lang}`, { width, scheme }, async (page) => {
        for (const panel of ['processing', 'funnel', 'appointments', 'online'])
          if (await page.locator(`.panel-${panel} button.turn`).count()) await showTable(page, panel);
        for (const button of await page.locator('.panel button[aria-controls]').all()) await button.click();
        const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(excess <= 0, `${excess} px too wide at ${width}`);
        const cut = await page.locator('.card, .panel, h1, h2:not(.kern-sr-only), h3, .caption, .change, .tag').evaluateAll((all) =>
          all.filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map((e) => e.className + ' ' + e.textContent.slice(0, 40)),
        );
        assert.deepEqual(cut, [], `at ${width}`);
        const outside = await page.locator('svg text').evaluateAll((all) =>
          all
            .filter((text) => {
              const box = text.getBoundingClientRect();
              const frame = text.closest('.card, .panel').getBoundingClientRect();
              return box.left < frame.left || box.right > frame.right;
            })
            .map((text) => text.textContent),
        );
        assert.deepEqual(outside, [], `labels at ${width}`);
        assert.equal(await page.evaluate(() => document.documentElement.lang), lang);
        assert.equal(await page.evaluate(() => document.documentElement.dir), dir);
        assert.deepEqual(page.complaints, []);
      });
    }
  });

test('labels of a chart do not lie on each other', async () => {
  for (const width of [360, 1280])
    await withPage('?lang=de', { width }, async (page) => {
      const boxes = await page.locator('.time-chart svg').evaluateAll((charts) =>
        charts.map((chart) =>
          [...chart.querySelectorAll('text')].map((text) => {
            const { left, right, top, bottom } = text.getBoundingClientRect();
            return { text: text.textContent, left, right, top: top + 2, bottom: bottom - 2 };
          }),
        ),
      );
      for (const chart of boxes)
        for (const [at, a] of chart.entries())
          for (const b of chart.slice(at + 1))
            assert.ok(
              a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top,
              `"${a.text}" lies on "${b.text}" at ${width}`,
            );
    });
});

async function assertAccessible(page, where) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }),
  );
  const found = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical' || impact === 'moderate')
    .map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
  assert.deepEqual(found, [], where);
}

for (const scheme of ['light', 'dark'])
  for (const query of ['?lang=de', '?lang=en', '?lang=tr', '?lang=ar', `?lang=en&tenant=${VILLAGE}`, `?lang=de&tenant=${YOUNG}`])
    test(`axe finds nothing: ${scheme} ${query}`, async () => {
      await withPage(query, { scheme }, async (page) => {
        await assertAccessible(page, 'charts');
        for (const button of await page.locator('.panel-actions button').all()) await button.click();
        await assertAccessible(page, 'tables and definitions');
      });
    });

test('axe finds nothing when nothing can be had', async () => {
  const prepare = (page) => page.route('**/v1/kpis/*', (route) => route.fulfill({ status: 500, json: { title: 'Internal Server Error', status: 500, detail: 'disk' } }));
  await withPage('?lang=de', { prepare }, async (page) => assertAccessible(page, 'errors'));
});

test('loading is said, and nothing else is shown meanwhile', async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const prepare = (page) =>
    page.route('**/v1/kpis/*', async (route) => {
      await held;
      await route.continue();
    });
  await withPage('?lang=de', { prepare, isSettled: false }, async (page) => {
    await page.locator('.panel-processing').waitFor();
    assert.equal(await textOf(page, '.panel-processing .placeholder'), 'Wird geladen …');
    assert.equal(await page.locator('.panel-processing').getAttribute('aria-busy'), 'true');
    assert.equal(await page.locator('.figure-number').count(), 0);
    release();
    await settled(page);
    assert.equal(await page.locator('.placeholder >> text=Wird geladen').count(), 0);
  });
});

test('an error says what the server said, and trying again helps', async () => {
  let isBroken = true;
  const prepare = (page) =>
    page.route('**/v1/kpis/digital_take_up?*by=month*', (route) =>
      isBroken
        ? route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"title":"Service Unavailable","status":503,"detail":"query: memory budget used up"}' })
        : route.continue(),
    );
  await withPage('?lang=de', { prepare }, async (page) => {
    const text = await textOf(page, '.panel-online .failed');
    assert.match(text, /gerade nicht zu haben/);
    assert.match(text, /503 Service Unavailable query: memory budget used up/);
    assert.ok(await page.locator('.panel-processing .median-line').count(), 'the other panels stand');
    isBroken = false;
    await page.locator('.panel-online').getByRole('button', { name: 'Noch einmal versuchen' }).click();
    await page.locator('.panel-online .median-line').waitFor();
  });
});

test('a server that cannot be reached is called that', async () => {
  const prepare = (page) => page.route('**/v1/dimensions', (route) => route.abort());
  await withPage('?lang=en', { prepare }, async (page) => {
    assert.match(await textOf(page, 'main'), /The server cannot be reached/);
  });
});

test('an empty store greets', async () => {
  const prepare = (page) => page.route('**/v1/dimensions', (route) => route.fulfill({ json: { tenants: [], services: [], offices: [], steps: [] } }));
  await withPage('?lang=de', { prepare }, async (page) => {
    assert.equal(await textOf(page, 'h1'), 'Hier ist noch nichts zu sehen');
    assert.equal(await page.locator('.panel').count(), 0);
  });
});

test('few, suppressed, nothing and zero look and read differently', { skip: isReal }, async () => {
  const prepare = (page) =>
    page.route('**/v1/kpis/abandonment?*', async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      for (const row of answer.rows) Object.assign(row, { value: 0, lo: 0, hi: 0.02 });
      await route.fulfill({ json: answer });
    });
  await withPage(`?lang=de&tenant=${VILLAGE}&service=wohnsitzanmeldung`, { prepare }, async (page) => {
    assert.equal(await textOf(page, '.card-abandonment .figure'), '0 % wenige Fälle');
    assert.match(await textOf(page, '.card-no_show'), /Nichts gemeldet/);
    assert.match(await textOf(page, '.card-satisfaction'), /Nicht gezeigt, damit niemand zu erkennen ist/);
    assert.match(await textOf(page, '.panel-attention tbody'), /wenige Fälle/);
    assert.match(await textOf(page, '.panel-appointments'), /Für diese Auswahl ist nichts gemeldet/);
    assert.match(await textOf(page, '.panel-funnel .state-note'), /^Nur 18 Fälle: der Wert kann Zufall sein/);
    assert.match(await textOf(page, '.card-roi'), /Dafür fehlen noch Annahmen/);
    assert.match(await textOf(page, '.panel-roi'), /Dafür fehlen noch Annahmen.*roi-assumptions\.json/);
    assert.ok(![...page.answers.keys()].some((address) => address.includes('/roi')), 'what would be refused is not asked');
    assert.deepEqual(page.complaints, []);
  });
});

test('what it brings rests on all months measured, and says when that is not enough', { skip: isReal }, async () => {
  await withPage('?lang=de', {}, async (page) => {
    const [address] = [...page.answers.keys()].filter((each) => each.startsWith('kpis/roi'));
    assert.match(address, /from=2024-12-01&to=2026-11-01/);
    assert.match(await textOf(page, '.panel-roi .caption'), /Gemessen: Dezember 2024 bis Oktober 2026/);
  });
  const prepare = (page) =>
    page.route('**/v1/kpis/roi?*', async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      Object.assign(answer.rows[0], { npv: -101000, payback_static: null, incomplete_services: 11, state: 'incomplete' });
      await route.fulfill({ json: answer });
    });
  await withPage('?lang=de', { prepare }, async (page) => {
    assert.match(await textOf(page, '.card-roi'), /^Wirtschaftlichkeit Noch nicht zu sagen/);
    assert.match(await textOf(page, '.panel-roi'), /Von 11 Leistungen fehlen gemessene Fälle oder Minuten/);
    assert.doesNotMatch(await textOf(page, 'main'), /101\.000/);
  });
});

test('what it brings: years, payback, present value', { skip: isReal }, async () => {
  await withPage('?lang=de', {}, async (page) => {
    const answer = answerTo(page, 'roi');
    assert.match(await textOf(page, '.panel-roi .facts'), /217\.000 €.*-84\.000 €.*nach 2,9 Jahren.*44 %/);
    await showTable(page, 'roi');
    const years = answer.rows.filter(({ kind }) => kind === 'year');
    assert.deepEqual(
      await tableValues(page, 'roi'),
      years.map(({ cost, benefit, net, cumulative }) => [cost, benefit, net, cumulative]),
    );
  });
});

test('how else it may come: variants, what matters most, plan and actual', { skip: isReal }, async () => {
  await withPage('?lang=de', {}, async (page) => {
    const lists = await page.$$eval('.panel-roi .cases', (found) =>
      found.map((list) => [...list.children].map((row) => row.textContent.replace(/\s+/g, ' ').trim())),
    );
    assert.equal(lists.length, 2);
    assert.match(lists[0][0], /^licence \(darauf.*217\.000 €zwischen -31\.000 € und 402\.000 €$/);
    assert.match(lists[0][2], /^Alles zugleich.*zwischen 41\.000 € und 398\.000 €$/);
    // the longest first, and none that changes nothing
    assert.deepEqual(lists[1].map((row) => row.split('weniger')[0].trim()), ['Stundensatz', 'Gesparte Minuten je Fall', 'Laufende Kosten']);
    // the mark stands where the value is: (217 + 31) / (402 + 31) of the room
    const mark = await page.$eval('.panel-roi .track-mark', ({ style }) => parseFloat(style.insetInlineStart));
    assert.ok(Math.abs(mark - (248 / 433) * 100) < 0.01, String(mark));
    const compared = await page.$$eval('.panel-roi tbody tr', (rows) => rows.map((row) => row.textContent.replace(/\s+/g, ' ')));
    assert.equal(compared.length, 3); // not the present value, and no part of a year against a whole one
    assert.match(compared[0], /^Minuten je Fall: .*Jahr 2, 25 % davon gemessen40 Minuten30 Minuten−25 %$/);
    assert.match(compared[1], /^Fälle: .*Jahr 12\.0001\.800−10 %$/);
    assert.match(compared[2], /^Kosten: 2\.1 Jahr 161\.000 €64\.000 €\+5 %$/);
  });
});

test('what is open: by time left and by age, what is overdue stands out', { skip: isReal }, async () => {
  await withPage('?lang=de', {}, async (page) => {
    const counts = (kpi, keys) => keys.map((key) => answers.get(kpi).rows[0][key]);
    const answers = new Map([...page.answers].map(([address, answer]) => [/^kpis\/(\w+)\?/.exec(address)?.[1], answer]));
    const limits = counts('due', ['overdue', 'today', 'days_1_5', 'days_6_10', 'days_11_20', 'days_21_60', 'days_over_60', 'excluded_no_limit']);
    const ages = counts('backlog', ['age_0_5', 'age_6_10', 'age_11_20', 'age_21_60', 'age_over_60']);
    const shown = await page.locator('.panel-due .step').allInnerTexts();
    assert.deepEqual(shown.map((text) => Number(text.split(/\s+/).at(-1).replace('.', ''))), [...limits, ...ages]);
    assert.match(shown[2], /^1–5 Arbeitstage/);
    assert.equal(await textOf(page, '.panel-due .step.hot .step-name'), 'überfällig');
    assert.match(await textOf(page, '.due-decided'), /^Fristgerecht entschieden: 90 % \(Oktober 2026 eingegangen und schon sicher: 3\.218; zwischen 89 % und 91 %\)\.$/);
    assert.match(await textOf(page, '.panel-due .basis'), /^297 noch offen · Stand/);
    await showTable(page, 'due');
    assert.deepEqual((await tableValues(page, 'due')).flat(), [...limits, ...ages]);
    assert.ok(![...page.answers.keys()].some((address) => /^kpis\/(due|backlog)\?.*from=/.test(address)), 'open now, whatever the period');
  });
});

test('pilots: verdict, sentence, before and after with and without, begin on the time line', { skip: isReal }, async () => {
  await withPage('?lang=de', {}, async (page) => {
    const panel = page.locator('.panel-pilots');
    assert.match(await textOf(page, '.panel-pilots h3'), /^Erinnerung vor dem Termin ✓ besser$/);
    assert.equal(await textOf(page, '.pilot-sentence'), 'Nicht wahrgenommene Termine: 7 / 12');
    const rows = (await panel.locator('.cases > li').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
    assert.match(rows[0], /Mit Pilot \(1 Stelle\) 13 % → 7,2 %/);
    assert.match(rows[1], /ohne \(8 Stellen\) 10 % → 9,3 %/);
    assert.match(rows[2], /−4,5 Prozentpunkte zwischen −7,6 Prozentpunkte und −1,3 Prozentpunkte/);
    assert.match(await textOf(page, '.pilot .basis'), /Davor: 6\. Oktober 2025 bis 5\. April 2026; Pilot: 6\. April 2026 bis 4\. Oktober 2026/);
    assert.match(await textOf(page, '.panel-processing'), /Pilot „Erinnerung vor dem Termin“ beginnt am 6\. April 2026/);
    const [mark, april] = await page.locator('.panel-processing').evaluate((chart) => {
      const middle = (element) => { const { left, right } = element.getBoundingClientRect(); return (left + right) / 2; };
      return [middle(chart.querySelector('.time-chart .mark-line')), middle([...chart.querySelectorAll('.tick')].find(({ textContent }) => textContent === 'Apr'))];
    });
    assert.ok(mark < april && april - mark < 25, `${mark} shortly before the middle of April, ${april}`);
    await showTable(page, 'pilots');
    assert.deepEqual((await tableValues(page, 'pilots')).flat().slice(0, 5), [0.126, 0.072, 0.102, 0.093, -0.045]);
    const file = await page.request.get(await panel.locator('a[download]').evaluate((link) => link.href));
    assert.equal((await file.json()).findings.length, 2);
    assert.deepEqual(page.complaints, []);
  });
  await withPage(`?lang=de&tenant=${VILLAGE}`, {}, async (page) => {
    assert.equal(await page.locator('.panel-pilots, .mark-line').count(), 0, 'none is tried there');
  });
});

test('choosing a service in the list chooses it for the page', async () => {
  await withPage('?lang=de', {}, async (page) => {
    const link = page.locator('.services tbody a').first();
    const name = await link.innerText();
    await link.click();
    await settled(page);
    assert.ok((await textOf(page, 'h1')).includes(name));
    assert.equal(await page.locator('.services a[aria-current=true]').innerText(), name);
    const last = await page.getByLabel('Leistung', { exact: true }).locator('option').last().getAttribute('value');
    await page.getByLabel('Leistung', { exact: true }).selectOption(last);
    await settled(page);
    assert.equal(await page.locator('.services a[aria-current=true]').count(), 1, 'the chosen one is always listed');
  });
});

test('light and dark follow the system until one is chosen', async () => {
  await withPage('?lang=en', { scheme: 'dark' }, async (page) => {
    const theme = () => page.evaluate(() => document.documentElement.dataset.kernTheme);
    assert.equal(await theme(), 'dark');
    await page.getByRole('button', { name: 'Light colours' }).click();
    await page.waitForFunction(() => document.documentElement.dataset.kernTheme === 'light');
    await page.reload();
    await settled(page);
    assert.equal(await theme(), 'light');
  });
});

test('every language, chosen on the page, else by the browser', async () => {
  await withPage('', { locale: 'en-GB' }, async (page) => {
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
    await page.getByRole('link', { name: 'Deutsch' }).click();
    await settled(page);
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
    assert.ok(answerTo(page, 'processing_time', { lang: 'de', by: 'month' }));
    assert.match(await textOf(page, '.panel-processing h2'), /Wie lange dauert ein Antrag\?/);
  });
  await withPage('?lang=de', {}, async (page) => {
    for (const [name, lang, dir] of [['Türkçe', 'tr', 'ltr'], ['العربية', 'ar', 'rtl'], ['English', 'en', 'ltr']]) {
      await page.getByRole('link', { name }).click();
      await settled(page);
      assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), [lang, dir]);
      assert.equal(new URL(page.url()).searchParams.get('lang'), lang);
      const asked = answerTo(page, 'processing_time', { lang, by: 'month' });
      assert.ok((await textOf(page, '.card-processing_time h3')).includes(asked.definition.name));
      assert.doesNotMatch(await page.locator('body').innerText(), /\{\w+\}|undefined|NaN/);
    }
  });
});

test('from right to left time runs from right to left', { skip: isReal }, async () => {
  await withPage('?lang=ar', {}, async (page) => {
    const ends = await page.locator('.panel-processing .tick').evaluateAll((ticks) => {
      const months = ticks.filter((tick) => /\p{L}/u.test(tick.textContent));
      return [months[0], months.at(-1)].map((tick) => [tick.textContent, tick.getBoundingClientRect().left]);
    });
    assert.match(ends[0][0], /25/); // the first year
    assert.ok(ends[0][1] > ends[1][1], 'the oldest month stands on the right');
    const chart = page.locator('.panel-processing [role=slider]');
    const last = await chart.getAttribute('aria-valuetext');
    await chart.press('ArrowRight');
    assert.notEqual(await chart.getAttribute('aria-valuetext'), last, 'to the right is earlier');
    await chart.press('ArrowLeft');
    assert.equal(await chart.getAttribute('aria-valuetext'), last);
    const edges = await page.locator('.panel-funnel .step-track').first().evaluate((track) => {
      const fill = track.firstElementChild.getBoundingClientRect();
      return [fill.right, track.getBoundingClientRect().right];
    });
    assert.equal(edges[0], edges[1], 'bars begin on the right');
    assert.equal(await page.locator('.definition dd[lang=en][dir=ltr]').count() > 0, true);
  });
});

test('times are those of the municipality', { skip: isReal }, async () => {
  await withPage('?lang=en', {}, async (page) => {
    assert.match(await textOf(page, '.panel-processing .basis'), /as of 1 November 2026 at 06:00/);
  });
});

test('the foot tells who delivers since when', { skip: isReal }, async () => {
  await withPage('?lang=de', {}, async (page) => {
    assert.match(await textOf(page, '.foot'), /3 Quellen liefern seit 12\. Oktober 2026 um 09:00, zuletzt vor 4\d Sekunden/);
    assert.match(await textOf(page, '.foot'), /1\.186\.054 Ereignisse/);
  });
});

test('benchmarks under load ask what the page asks', { skip: isReal }, async () => {
  const plain = (address) => {
    const url = new URL(address, 'http://localhost/');
    url.searchParams.sort();
    return `${url.pathname}?${url.searchParams}`;
  };
  for (const [period, start, months] of [['2026-10', 2026 * 12 + 9, 1], ['2026-Q3', 2026 * 12 + 6, 3], ['2025', 2025 * 12, 12]])
    for (const service of ['', 'gewerbeanmeldung'])
      await withPage(`?lang=de&tenant=${TOWN}&period=${period}&service=${service}`, {}, async (page) => {
        const asked = [...page.answers.keys()].map((address) => plain(`/v1/${address}`)).filter((address) => !address.includes('/result'));
        const form = new URL(asked.find((address) => address.startsWith('/v1/kpis/funnel')), 'http://localhost/').searchParams.get('service');
        const view = { tenant: TOWN, service, form, start, months, whole: 2024 * 12 + 11 };
        assert.deepEqual(asked.sort(), questionsOfPage(view).map(plain).sort());
      });
});

test('prints on one sheet', { skip: isReal }, async () => {
  for (const query of ['?lang=de', '?lang=en', '?lang=tr', '?lang=ar', `?lang=de&tenant=${VILLAGE}`, `?lang=de&tenant=${YOUNG}`])
    await withPage(query, { scheme: 'dark', width: 1320 }, async (page) => {
      const pdf = await page.pdf({ preferCSSPageSize: true });
      assert.equal(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length, 1, query);
      await page.emulateMedia({ media: 'print' });
      assert.equal(await page.locator('.card h3:visible').count(), await page.locator('.card').count(), 'every figure has its name');
    });
});

test('the page is ours alone: one origin, no violation of the policy', async () => {
  await withPage(`?lang=de&tenant=${TOWN}`, {}, async (page) => {
    const response = await page.request.get(browser.base);
    const policy = response.headers()['content-security-policy'];
    assert.match(policy, /default-src 'self'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.deepEqual(page.complaints, []);
  });
});
