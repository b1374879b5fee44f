// SPDX-License-Identifier: EUPL-1.2
// What the page makes of numbers: periods, quantities, changes, sentences. No browser.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { createServer } from 'vite';

let vite;
let period, quantity, figure, words, funnel, concern, roi, story, view, basis, texts;

before(async () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  vite = await createServer({ root, configFile: false, logLevel: 'error', server: { middlewareMode: true, ws: false }, appType: 'custom', optimizeDeps: { noDiscovery: true, include: [] } });
  const load = (name) => vite.ssrLoadModule(`/src/${name}.ts`);
  [period, quantity, figure, words, funnel, concern, roi, story, view, basis] = await Promise.all(
    ['period', 'quantity', 'figure', 'words', 'funnel', 'concern', 'roi', 'story', 'view', 'basis'].map(load),
  );
  texts = Object.fromEntries(await Promise.all(words.LANGS.map(async (lang) => [lang, (await load(`texts/${lang}`))[lang]])));
});
after(() => vite.close());

test('periods are written and read', () => {
  for (const text of ['2026-10', '2026-01', '2026-12', '2026-Q1', '2026-Q4', '2026'])
    assert.equal(period.periodText(period.parsePeriod(text)), text);
  for (const text of ['', '2026-13', '2026-00', '2026-Q5', '26', '2026-1', 'x']) assert.equal(period.parsePeriod(text), null);
  const quarter = period.parsePeriod('2026-Q4');
  assert.equal(period.periodFrom(quarter), '2026-10-01');
  assert.equal(period.periodTo(quarter), '2027-01-01');
  assert.equal(period.periodText(period.comparedPeriod(quarter, 'year')), '2025-Q4');
  assert.equal(period.periodText(period.comparedPeriod(quarter, 'before')), '2026-Q3');
  assert.equal(period.periodText(period.comparedPeriod(period.parsePeriod('2026-01'), 'before')), '2025-12');
});

test('the course reaches from the period a year ago to its end', () => {
  const { from, to, months } = period.courseOf(period.parsePeriod('2026-10'));
  assert.deepEqual([from, to, months.length, months[0], months.at(-1)], ['2025-10-01', '2026-11-01', 13, '2025-10', '2026-10']);
  assert.equal(period.courseOf(period.parsePeriod('2026')).months.length, 24);
});

test('the page opens with the last whole month, in the zone of the municipality', () => {
  const latest = (last, zone = 'Europe/Berlin') => period.periodText(period.periodsOf('2025-01-01T00:00:00Z', last, zone).latest);
  assert.equal(latest('2026-10-31T22:59:00Z'), '2026-10');
  assert.equal(latest('2026-10-31T23:30:00Z'), '2026-10'); // already November there, October is whole
  assert.equal(latest('2026-11-20T12:00:00Z'), '2026-10');
  assert.equal(latest('2026-10-29T12:00:00Z'), '2026-10');
  assert.equal(latest('2025-01-05T12:00:00Z'), '2025-01'); // there is nothing earlier
  const { all } = period.periodsOf('2025-12-31T23:30:00Z', '2026-02-10T00:00:00Z', 'Europe/Berlin');
  assert.deepEqual(all.map(period.periodText), ['2026-02', '2026-01', '2026-Q1', '2026']);
});

test('quantities are said in the unit that fits', () => {
  const say = (lang, value, unit) => new words.Words(lang).quantity(value, quantity.scaleFor(unit, value)).replace(/\s/g, ' ');
  assert.equal(say('de', 9 * 86400, 's'), '9 Tage');
  assert.equal(say('de', 86400, 's'), '1 Tag');
  assert.equal(say('de', 1.5 * 86400, 's'), '1,5 Tage');
  assert.equal(say('en', 7200, 's'), '2 hours');
  assert.equal(say('en', 60 * 7.04, 's'), '7 minutes');
  assert.equal(say('de', 0, 's'), '0 Sekunden');
  assert.equal(say('de', 0.0812, 'ratio'), '8,1 %');
  assert.equal(say('en', 0.4649, 'ratio'), '46%');
  assert.equal(say('de', 184321.5, 'EUR'), '184.000 €');
  assert.equal(say('en', -84000, 'EUR'), '-€84,000');
  assert.equal(say('de', 4.234, 'score'), '4,2 von 5');
  assert.equal(say('de', 12345678, 'count'), '12.345.678');
});

test('differences and spans are said in a unit in which they can be read', () => {
  const en = new words.Words('en');
  const delta = (value, of) => view.deltaPhrase(en, value, quantity.scaleFor('s', of));
  assert.equal(delta(0.9 * 86400, 9 * 86400), '0.9 days');
  assert.equal(delta(3600, 9 * 86400), '60 minutes'); // less than a tenth of a day
  assert.equal(delta(-2.9 * 86400, 276), '2.9 days'); // not 4,176 minutes
  assert.equal(view.deltaPhrase(en, -0.05, quantity.scaleFor('ratio', 1)), '5 percentage points');
  assert.equal(view.deltaPhrase(en, 0.3, quantity.scaleFor('score', 4)), '0.3');
  assert.equal(en.span(5 * 86400, 15 * 86400), '5–15 days');
  assert.equal(en.span(7200, 15 * 86400), '2 hours to 15 days');
});

test('Turkish and Arabic say figures as they are said there', () => {
  const say = (lang, value, unit) => new words.Words(lang).quantity(value, quantity.scaleFor(unit, value)).replace(/[\s\u200e\u200f]+/g, ' ').trim();
  const days = (n) => say('ar', n * 86400, 's');
  assert.deepEqual([1.5, 2, 3, 11, 100].map(days), ['1.5 يوم', 'يومين', '3 أيام', '11 يومًا', '100 يوم']);
  assert.equal(new words.Words('ar').number(12345.6), '12,345.6'); // digits as in docs/KPIS.md
  assert.equal(new words.Words('ar').month('2026-10'), 'أكتوبر 2026');
  assert.equal(new words.Words('ar').span(5 * 86400, 15 * 86400), 'من 5 إلى 15 يومًا');
  assert.equal(say('tr', 9 * 86400, 's'), '9 gün');
  assert.equal(say('tr', 0.0812, 'ratio'), '%8,1');
  assert.deepEqual(new words.Words('tr').headline(0.0812, quantity.scaleFor('ratio', 1)), { number: '%8,1', unit: '' });
  assert.deepEqual(new words.Words('de').headline(0.0812, quantity.scaleFor('ratio', 1)), { number: '8,1', unit: '%' });
  assert.equal(new words.Words('tr').capital('iş günü'), 'İş günü');
});

test('a Latin name keeps to itself in an Arabic sentence', () => {
  assert.equal(new words.Words('ar').say('page.heading', { tenant: 'Musterstadt' }), 'كيف تسير الأمور في \u2068Musterstadt\u2069؟');
  assert.equal(new words.Words('ar').withSign('−', '8'), '\u200e−8');
});

const aFigure = (value, half, n = 100) => ({ value, lo: value - half, hi: value + half, n, open: 0, state: 'ok' });

test('a change counts when it is more than chance', () => {
  const verdict = (now, then, direction) => figure.changeOf(now, then, direction).verdict;
  assert.equal(verdict(aFigure(9, 0.5), aFigure(11, 0.5), 'lower'), 'better');
  assert.equal(verdict(aFigure(11, 0.5), aFigure(9, 0.5), 'lower'), 'worse');
  assert.equal(verdict(aFigure(11, 0.5), aFigure(9, 0.5), 'higher'), 'better');
  assert.equal(verdict(aFigure(11, 0.5), aFigure(9, 0.5), 'neutral'), 'same');
  assert.equal(verdict(aFigure(9, 1.5), aFigure(11, 1.5), 'lower'), 'same');
  assert.equal(verdict(aFigure(9, 1), null, 'lower'), 'unknown');
  assert.equal(verdict({ ...aFigure(9, 1), lo: null }, aFigure(11, 1), 'lower'), 'better');
  assert.equal(verdict({ ...aFigure(100, 1), lo: null }, aFigure(101, 1), 'lower'), 'same');
  // However sure, a change is not remarkable where the figure always changes so much.
  const told = (word) => figure.changeOf(aFigure(9, 0.5), aFigure(11, 0.5), 'lower', word);
  assert.deepEqual(told('normal'), { verdict: 'usual', delta: -2 });
  assert.equal(figure.changeOf(aFigure(9, 1.5), aFigure(11, 1.5), 'lower', 'normal').verdict, 'same');
  assert.equal(told('better').verdict, 'better');
  assert.equal(told('unknown').verdict, 'better');
});

test('zero is a figure, missing and suppressed are none', () => {
  assert.equal(figure.figureIn({ value: 0, state: 'ok', n: 40 }).value, 0);
  assert.equal(figure.figureIn({ value: null, state: 'ok' }), null);
  assert.equal(figure.figureIn({ value: 3, state: 'suppressed' }), null);
  assert.equal(figure.figureIn(undefined), null);
});

test('the target of a service goes before that of all, and speaks of the headline', () => {
  const all = { kpi: 'processing_time', service: null, stat: 'value', value: 10 };
  const own = { ...all, service: 'a', stat: 'p50', value: 5 };
  const late = { ...all, service: 'a', stat: 'p90', value: 50 };
  assert.equal(figure.targetFor([late, all, own], 'processing_time', 'a').value, 5);
  assert.equal(figure.targetFor([late, all, own], 'processing_time', 'b').value, 10);
  assert.equal(figure.targetFor([late], 'processing_time', 'a'), null);
});

test('the hot step loses the most people, and is not made of chance', () => {
  const answer = (drops) => ({
    rows: drops.map((drop, position) => ({ step: position ? `s_${position}` : 'started', position, reach: 100 - position, drop, errors: 0 })),
  });
  const nameOf = (step) => step.toUpperCase();
  const steps = funnel.funnelSteps(answer([1, 7, 30, 2]), nameOf);
  assert.equal(steps[0].name, 'STARTED');
  assert.equal(funnel.hotStep(steps).name, 'S_2');
  assert.equal(funnel.hotStep(funnel.funnelSteps(answer([1, 2, 2]), nameOf)), null);
  assert.deepEqual(funnel.funnelSteps({ rows: [] }, nameOf), []);
});

const row = (service, value, state = 'ok') => ({ service, value, lo: value - 1, hi: value + 1, n: 50, open: 1, state });
const answer = (rows) => ({ definition: { id: 'processing_time', direction: 'lower' }, rows });
const target = (service, value) => ({ kpi: 'processing_time', service, stat: 'value', value });
const isFair = () => ({ gap: null, isSettled: true });

test('services over their target come first, the furthest over first', () => {
  const list = concern.concernsOf(
    answer([row('few', 99, 'few'), row('better', 5), row('over', 12), row('far', 30), row('worse', 40), { service: 'gone', value: null, state: 'suppressed' }]),
    answer([row('better', 20), row('worse', 10)]),
    [target('over', 10), target('far', 10), target('few', 1)],
    isFair,
  );
  assert.deepEqual(list.map(({ service }) => service), ['far', 'over', 'worse', 'better', 'few', 'gone']);
});

test('of services that got slower the one that did so the most comes first', () => {
  const list = concern.concernsOf(answer([row('a', 22), row('b', 90)]), answer([row('a', 10), row('b', 80)]), [], isFair);
  assert.deepEqual(list.map(({ service, situation }) => `${service} ${situation}`), ['a slower', 'b slower']);
});

test('without a fair basis no service is slower, faster or on target; over its target it stays', () => {
  const now = answer([row('worse', 40), row('better', 5), row('over', 30), row('met', 5)]);
  const then = answer([row('worse', 10), row('better', 20), row('over', 10), row('met', 20)]);
  const targets = [target('over', 10), target('met', 10)];
  const situations = (judge) =>
    concern.concernsOf(now, then, targets, judge).map(({ service, situation, change }) => [service, situation, change.verdict].join(' '));
  assert.deepEqual(situations(isFair), ['over over worse', 'worse slower worse', 'better faster better', 'met faster better']);
  assert.deepEqual(situations(() => ({ gap: 'long', isSettled: true })), [
    'over over unknown', 'met met unknown', 'worse new unknown', 'better new unknown',
  ]);
  assert.deepEqual(situations(() => ({ gap: 'begins', isSettled: false })), [
    'over over unknown', 'worse early unknown', 'better early unknown', 'met early unknown',
  ]);
});

const reach = (first, span = null, zone = 'Europe/Berlin') => ({ first, zone, span });

test('a period is compared with only when it lies wholly after the first event', () => {
  const gap = (text, first, zone) => basis.gapOf(period.parsePeriod(text), reach(first, null, zone));
  assert.equal(gap('2025-10', '2025-10-01T04:00:00.000Z'), 'begins');
  assert.equal(gap('2025-11', '2025-10-01T04:00:00.000Z'), null);
  assert.equal(gap('2025-10', '2025-09-30T22:00:00.000Z'), null, 'midnight in Berlin: the very beginning');
  assert.equal(gap('2025-10', '2025-09-30T22:00:00.001Z'), 'begins');
  assert.equal(gap('2025-10', '2025-09-30T23:00:00.000Z', 'Europe/London'), null, 'an hour later there');
  assert.equal(gap('2025-10', '2025-09-30T23:00:00.000Z'), 'begins');
  assert.equal(gap('2025-09', '2025-10-01T04:00:00.000Z'), 'begins', 'before all data');
  assert.equal(gap('2025-Q4', '2025-10-02T00:00:00.000Z'), 'begins');
  assert.equal(gap('2026-Q1', '2025-10-02T00:00:00.000Z'), null);
  assert.equal(gap('2025', '2025-01-02T00:00:00.000Z'), 'begins');
  assert.equal(gap('2026', '2025-01-02T00:00:00.000Z'), null);
});

test('what looks back is compared only when the data began as long before as nine of ten take', () => {
  const DAY = 86400;
  const first = '2025-09-30T22:00:00.000Z'; // 1 October, midnight
  const gap = (text, days) => basis.gapOf(period.parsePeriod(text), reach(first, days * DAY));
  assert.equal(gap('2025-12', 61), null);
  assert.equal(gap('2025-12', 61 + 1 / 24), null, 'October has an hour more');
  assert.equal(gap('2025-12', 61 + 1 / 24 + 1 / DAY), 'long');
  assert.equal(gap('2026-01', 61.5), null);
  assert.equal(gap('2025-10', 0), null, 'what takes no time needs no time before');
  assert.equal(gap('2025-09', 61), 'begins', 'the plainer reason goes first');
  assert.equal(gap('2025-11', 61), 'long');
  const last = (days) => basis.lastUnsettled(reach(first, days * DAY));
  assert.equal(period.monthText(last(61)), '2025-11');
  assert.equal(period.monthText(last(62)), '2025-12');
  assert.equal(basis.lastUnsettled(reach(first)), null);
  assert.equal(period.monthText(basis.firstWhole(reach(first))), '2025-10');
  assert.equal(period.monthText(basis.firstWhole(reach('2025-10-01T04:00:00.000Z'))), '2025-11');
});

const FIRST = '2025-10-01T04:00:00.000Z';

/** A page about one town in two services, told in English. */
function tell(headlines, { concerns = [], steps = null, targets = [] } = {}) {
  const service = (key, en) => ({ key, tenant: 't', name: { en }, events: 1 });
  const page = {
    words: new words.Words('en'),
    tenant: { key: 't', name: 'Town', zone: 'Europe/Berlin', first: FIRST, targets },
    services: [service('a', 'Alpha'), service('b', 'Beta')],
    steps: [{ key: 'income', name: { de: 'Einkommen', en: 'Income' } }],
    service: '',
    period: period.parsePeriod('2026-10'),
    comparison: 'year',
  };
  const facts = { headlines, concerns, funnel: steps && { service: 'a', steps } };
  return story.tellStory(page, facts).map((pieces) => pieces.join('')).join(' ');
}

function aHeadline(kpi, unit, direction, now, then, manner = 'amount') {
  const basis = { gap: null, isSettled: true, unsettled: null };
  const [at, before] = [now && aFigure(now, now / 50), then && aFigure(then, then / 50)];
  return {
    ...basis, headline: { kpi, manner }, name: kpi, now: at, then: before, change: figure.changeOf(at, before, direction),
    scale: quantity.scaleFor(unit, now ?? 0), answer: { definition: { unit, direction } },
  };
}

test('the story says how it is, what got better and what to watch', () => {
  const DAY = 86400;
  const speed = aHeadline('processing_time', 's', 'lower', 9 * DAY, 11 * DAY, 'speed');
  const same = aHeadline('no_show', 'ratio', 'lower', 0.08, 0.08);
  const better = aHeadline('digital_take_up', 'ratio', 'higher', 0.5, 0.4);
  const worse = aHeadline('waiting_time', 's', 'lower', 900, 600, 'length');
  const none = aHeadline('satisfaction', 'score', 'higher', null, null);

  assert.equal(tell([none]), 'Nothing has been reported for this selection.');
  assert.equal(
    tell([speed, same, none]),
    'Half of all applications are done after 9 days, 2 days faster than a year earlier. Nothing else stands out.',
  );
  assert.equal(
    tell([speed, better, worse]),
    'Half of all applications are done after 9 days, 2 days faster than a year earlier. ' +
      'Better now: digital_take_up 50%, 10 percentage points more than a year earlier. ' +
      'Keep an eye on: waiting_time 15 minutes, 5 minutes longer than a year earlier.',
  );
  assert.match(tell([aHeadline('processing_time', 's', 'lower', 9 * DAY, null)]), /^Half of all applications are done after 9 days\.$/);
  assert.match(tell([same], { targets: [{ kpi: 'no_show', service: null, stat: 'value', value: 0.05 }] }), /no_show 8% misses the target of 5%\.$/);
  const steps = funnel.funnelSteps({ rows: [{ step: 'started', position: 0, reach: 100, drop: 0 }, { step: 'income', position: 1, reach: 100, drop: 31 }] }, (step) => (step === 'income' ? 'Income' : step));
  assert.match(tell([same], { steps }), /At Alpha, 31 out of 100 people give up on the page “Income”\.$/);
  const faster = { service: 'b', now: aFigure(10 * DAY, DAY), state: 'ok', change: { verdict: 'better', delta: -10 * DAY }, target: null, situation: 'faster' };
  assert.match(tell([speed, better], { concerns: [faster] }), /Better now: Beta 10 days, 10 days faster than a year earlier/);
  const slower = { ...faster, change: { verdict: 'worse', delta: 4 * DAY }, situation: 'slower' };
  assert.match(tell([same], { concerns: [slower] }), /Keep an eye on: Beta 10 days, 4 days slower than a year earlier\.$/);
  const over = { ...faster, service: 'a', target: 5 * DAY, situation: 'over' };
  assert.match(tell([same], { concerns: [over] }), /Keep an eye on: Alpha takes a median of 10 days \(target: 5 days\)\.$/);
});

test('the story claims nothing that the data are too young for', () => {
  const DAY = 86400;
  const unknown = { change: figure.UNKNOWN, gap: 'begins' };
  const speed = { ...aHeadline('processing_time', 's', 'lower', 9 * DAY, 2 * DAY, 'speed'), ...unknown };
  const other = { ...aHeadline('no_show', 'ratio', 'lower', 0.08, 0.2), ...unknown };
  assert.equal(
    tell([speed, other]),
    'Half of all applications are done after 9 days. It cannot be compared with a year earlier yet: the data only begin on 1 October 2025.',
  );
  const same = aHeadline('no_show', 'ratio', 'lower', 0.08, 0.08);
  assert.equal(
    tell([{ ...speed, gap: 'long' }, same]),
    'Half of all applications are done after 9 days. Whether that is faster than a year earlier cannot be said yet: ' +
      'long cases are missing from that time, because the data only begin on 1 October 2025. Nothing else stands out.',
  );
  assert.equal(
    tell([{ ...speed, isSettled: false }, other]),
    'Of the applications closed so far, half were done after 9 days; long cases are still missing, because the data only begin on 1 October 2025.',
  );
});

test('a headline is unknown where its basis is missing, and only where it looks back for lack of length', () => {
  const DAY = 86400;
  const page = (text, compare = 'year', first = FIRST) => ({
    words: new words.Words('de'), tenant: { key: 't', zone: 'Europe/Berlin', first, targets: [] }, services: [], steps: [], service: '',
    period: period.parsePeriod(text), comparison: compare,
  });
  const said = (value, p90, unit = 's') => ({
    definition: { unit, direction: 'lower', name: 'x' }, by: [], rows: [{ value, lo: value * 0.99, hi: value * 1.01, p90, n: 100, state: 'ok' }],
  });
  const figures = (where, headline, ever = 50 * DAY, p90 = 40 * DAY, told = 'unknown') =>
    view.headlineFigures(where, headline, [said(9 * DAY, p90), said(3 * DAY, 20 * DAY), said(9 * DAY, p90), { change: { verdict: told } }, said(9 * DAY, ever)]);
  const time = { kpi: 'processing_time', manner: 'speed', looksBack: 'case' };
  const rate = { kpi: 'no_show', manner: 'amount' };
  const phrase = (where, headline, ...more) => view.changePhrase(where, figures(where, headline, ...more));

  assert.equal(phrase(page('2026-10'), time), 'Kein Vergleich: die Daten beginnen erst am 1. Oktober 2025');
  assert.equal(phrase(page('2026-10'), rate), 'Kein Vergleich: die Daten beginnen erst am 1. Oktober 2025');
  assert.equal(figures(page('2026-10'), rate).change.verdict, 'unknown');
  assert.match(phrase(page('2026-11'), time), /^Kein Vergleich: im Vorjahr fehlen noch lange Fälle, weil die Daten erst am 1\. Oktober 2025 beginnen$/);
  assert.match(phrase(page('2026-11'), rate), /Tage mehr als im Vorjahr$/);
  assert.equal(phrase(page('2026-12'), time), '6 Tage langsamer als im Vorjahr');
  assert.equal(phrase(page('2026-12'), time, 50 * DAY, 40 * DAY, 'normal'), '6 Tage langsamer als im Vorjahr; so sehr schwankt der Wert ohnehin');
  assert.match(phrase(page('2026-12'), time, 62 * DAY), /^Kein Vergleich/, 'what it took ever counts');
  assert.match(phrase(page('2026-12'), time, 50 * DAY, 62 * DAY), /^Kein Vergleich/, 'and what it takes now');
  assert.match(phrase(page('2025-11', 'before'), time), /^Noch zu niedrig, kein Vergleich/);
  const early = figures(page('2026-10'), time);
  assert.equal(early.isSettled, true);
  assert.deepEqual([early.unsettled.from, early.unsettled.to], [0, 2]);
  assert.deepEqual([figures(page('2026-03'), time).unsettled.from, figures(page('2026-03'), time).unsettled.to], [7, 9], 'months without data lack nothing');
  assert.match(early.unsettled.caption, /^Bis November 2025 fehlen lange Fälle/);
  assert.equal(figures(page('2026-10'), rate).unsettled, null);
  assert.equal(figures(page('2025-11'), time).isSettled, false);
  assert.equal(figures(page('2026-10', 'year', '2024-01-01T00:00:00Z'), time).unsettled, null);
});

test('steps are called as the configuration says, others as they were sent', () => {
  const page = { words: new words.Words('de'), steps: [{ key: 'income', name: { de: 'Einkommen', en: 'Income' } }] };
  assert.equal(view.stepName(page, 'income'), 'Einkommen');
  assert.equal(view.stepName(page, 'upload_id'), 'upload_id');
  assert.equal(view.stepName(page, 'started'), 'Angefangen');
});

test('costs and benefits are read by kind of row', () => {
  const { years, npv, payback, citizenHours } = roi.readRoi({
    rows: [
      { kind: 'total', year: null, npv: 5, payback_static: null },
      { kind: 'year', year: 0, npv: null, cost: 3, benefit: 0, net: -3, cumulative: -3 },
      { kind: 'service', year: null, citizen_hours_saved: 7 },
      { kind: 'service', year: null, citizen_hours_saved: null },
    ],
  });
  assert.deepEqual([years.length, npv, payback, citizenHours], [1, 5, null, 7]);
  const early = (payback_static, incomplete_services) => roi.readRoi({ rows: [{ kind: 'total', npv: 5, payback_static, incomplete_services }] }).isEarly;
  assert.deepEqual([early(null, 1), early(2, 1), early(null, 0)], [true, false, false]);
});

test('every language has every text, with the same holes and its plural forms', () => {
  const holes = (message) =>
    [...new Set((typeof message === 'string' ? message : Object.values(message).join(' ')).match(/\{\w+\}/g) ?? [])].sort();
  const stars = (message) => (typeof message === 'string' ? message : message.other).split('*').length;
  for (const [lang, catalogue] of Object.entries(texts)) {
    assert.deepEqual(Object.keys(catalogue).sort(), Object.keys(texts.de).sort(), lang);
    const forms = new Intl.PluralRules(lang).resolvedOptions().pluralCategories;
    for (const [key, message] of Object.entries(catalogue)) {
      assert.deepEqual(holes(message), holes(texts.de[key]), `${lang} ${key}`);
      assert.equal(stars(message), stars(texts.de[key]), `${lang} ${key}`);
      if (typeof message === 'object') for (const form of forms) assert.ok(message[form], `${lang} ${key} ${form}`);
    }
  }
});

test('a value never changes the markup of a sentence', () => {
  const pieces = new words.Words('de').sayRich('story.watch.funnel', { service: 'A*B', step: '*', n: 3 });
  assert.deepEqual(pieces, ['Bei ', 'A*B', ' hören auf der Seite „*“ ', '3 von 100', ' Menschen auf.']);
});

test('languages are chosen by what the reader prefers', () => {
  assert.equal(words.chooseLang(['', 'fr-FR', 'en-US', 'de']), 'en');
  assert.equal(words.chooseLang(['fr']), 'de');
});
