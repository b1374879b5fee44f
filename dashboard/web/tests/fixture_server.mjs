// SPDX-License-Identifier: EUPL-1.2
// fixture_server: the read API in its exact shapes (docs/API.md) over two invented towns, and the
// built pages under the same Content-Security-Policy as in the program. One seed decides all
// figures. Musterstadt has everything; Kleinhausen has few cases, no appointments, no assumptions;
// the data of Neuenfeld begin in October 2025, with the quick cases.
//
//   node tests/fixture_server.mjs --listen 8600
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
export const POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

export const TOWN = '091620000000';
export const VILLAGE = '010510000000';
export const YOUNG = '145230000000';
export const AS_OF = '2026-11-01T05:00:00.000Z';
const FIRST_MONTH = 2024 * 12 + 10; // November 2024
const LAST_MONTH = 2026 * 12 + 9; // October 2026
const YOUNG_FIRST = '2025-10-01T04:00:00.000Z';
const YOUNG_MONTH = 2025 * 12 + 9; // October 2025
const DAY = 86400;

// name, median days, cases a month, change a year (share), target days, drop at "income"
const SERVICES = {
  'wohngeld-erstantrag': ['Wohngeld, Erstantrag', 'Housing benefit, first application', 34, 96, 0.04, 30, 0.31],
  'baugenehmigung-vereinfacht': ['Baugenehmigung, vereinfachtes Verfahren', 'Building permit, simplified procedure', 71, 64, 0.08, 60, 0.12],
  'gewerbeanmeldung': ['Gewerbeanmeldung', 'Business registration', 2.4, 310, -0.45, 5, 0.06],
  'wohnsitzanmeldung': ['Wohnsitz anmelden', 'Register a residence', 1.1, 1420, -0.2, 3, 0.05],
  'fuehrungszeugnis': ['Führungszeugnis', 'Certificate of good conduct', 6.2, 540, 0.0, 10, 0.04],
  'kita-platz': ['Kita-Platz vormerken', 'Childcare place', 21, 180, -0.1, 22, 0.09],
  'bewohnerparkausweis': ['Parkausweis für Anwohnende', 'Resident parking permit', 3, 0.7, 0, 3, 0.02],
  'personalausweis': ['Personalausweis', 'Identity card', 12, 760, -0.22, 14, 0],
  'hundesteuer-anmeldung': ['Hund anmelden', 'Register a dog', 4.6, 120, -0.05, 7, 0.03],
  'elterngeld': ['Elterngeld', 'Parental allowance', 26, 140, -0.12, 28, 0.16],
  'einbuergerung': ['Einbürgerung', 'Naturalisation', 196, 48, 0.01, 180, 0.11],
};
const STEPS = ['person', 'wohnung', 'einkommen', 'nachweise', 'zusammenfassung'];
const STEP_NAMES = { // and one of them has none
  person: ['Angaben zur Person', 'About you'],
  wohnung: ['Wohnung', 'Home'],
  einkommen: ['Einkommen', 'Income'],
  nachweise: ['Nachweise', 'Documents'],
};

const KPIS = {
  processing_time: ['s', 'lower', 'closing'],
  abandonment: ['ratio', 'lower', null],
  funnel: ['ratio', 'lower', null],
  no_show: ['ratio', 'lower', null],
  waiting_time: ['s', 'lower', null],
  left_before_call: ['ratio', 'lower', null],
  third_next_available: ['days', 'lower', null],
  booking_lead_time: ['s', 'lower', null],
  digital_take_up: ['ratio', 'higher', null],
  satisfaction: ['score', 'higher', null],
  roi: ['ratio', 'higher', null],
  due: ['count', 'neutral', null],
  backlog: ['count', 'lower', null],
  sla_share: ['ratio', 'higher', 'intake'],
};
/** A text of the catalogue that the program itself speaks from. */
function catalogueText(kpi, lang, name) {
  const file = readFileSync(new URL(`../../../query/catalogue/${kpi}.toml`, import.meta.url), 'utf8');
  const section = file.split(`\n[${lang}]\n`)[1].split('\n[')[0];
  return new RegExp(`^${name} = "(.*)"$`, 'm').exec(section)[1];
}
const PARAMETERS = ['tenant', 'service', 'from', 'to', 'by', 'stat', 'section', 'lang', 'format', 'view', 'clock', 'zone'];

/** -1..1, the same for the same words. */
function noise(...words) {
  let hash = 2166136261;
  for (const char of words.join('|')) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 2246822519);
  hash ^= hash >>> 13;
  return ((hash >>> 0) / 4294967296) * 2 - 1;
}

/** How much of what takes long has come to an end in a month: all, unless the data are young. */
function settled(kpi, tenant, month) {
  return tenant === YOUNG && ['processing_time', 'booking_lead_time'].includes(kpi) ? Math.min(1, (month - YOUNG_MONTH + 1) / 4) : 1;
}

/** A figure of one service in one month: [value, n], in the API's unit. */
function sample(kpi, tenant, service, month) {
  const [, , days, cases, yearly] = SERVICES[service];
  const years = (month - LAST_MONTH) / 12; // 0 now, -1 a year ago
  const volume = cases * (1 + 0.12 * Math.sin((month % 12) - 2)) * (tenant === VILLAGE ? 0.02 : 1);
  const wobble = noise(kpi, service, month);
  const count = (share) => Math.max(0, Math.round(volume * share * (1 + 0.05 * wobble)));
  switch (kpi) {
    case 'processing_time':
      return [days * DAY * (1 + yearly * years) * (1 + 0.05 * wobble), count(1)];
    case 'abandonment':
      return [0.1 + SERVICES[service][6] - 0.04 * years + 0.01 * wobble, count(0.6)];
    case 'no_show':
      return [0.081 + 0.004 * wobble, count(0.35)];
    case 'waiting_time':
      return [Math.max(60, (7 - 3.4 * years + 0.6 * wobble) * 60), count(0.35)];
    case 'left_before_call':
      return [0.012 + 0.001 * wobble, count(0.35)];
    case 'third_next_available':
      return [Math.round(11 + 3 * years + wobble), 4];
    case 'booking_lead_time':
      return [(9.5 + 2.2 * years + 0.5 * wobble) * DAY, count(0.35)];
    case 'sla_share':
      return [0.9 + 0.01 * wobble, count(0.8)];
    case 'digital_take_up':
      return [0.46 + 0.09 * years + 0.01 * wobble, count(1)];
    default:
      return [4.2 + 0.25 * years + 0.04 * wobble, count(0.06)];
  }
}

const SPREAD = { p10: 0.3, p25: 0.55, p50: 1, p75: 1.65, p90: 2.4, p95: 3.1 };

/** One row over some services and months. */
function rowOf(kpi, tenant, services, months, stats) {
  const hasNone = tenant === VILLAGE && ['no_show', 'waiting_time', 'left_before_call', 'booking_lead_time', 'third_next_available'].includes(kpi);
  let n = 0;
  let sum = 0;
  for (const service of services)
    for (const month of months) {
      if (hasNone || month < (tenant === YOUNG ? YOUNG_MONTH : FIRST_MONTH) || month > LAST_MONTH) continue;
      const [value, cases] = sample(kpi, tenant, service, month);
      n += cases;
      // The middle of many is nearer to the frequent and quick: weights fall with the value.
      sum += value * cases * settled(kpi, tenant, month);
    }
  const unit = KPIS[kpi][0];
  const share = unit === 's' ? quickness(kpi, services) : 1;
  const value = n === 0 ? null : (sum / n) * share;
  const half = value === null ? null : unit === 'ratio' ? 1.96 * Math.sqrt((value * (1 - value)) / n) : (value * 1.1) / Math.sqrt(n);
  const isSuppressed = kpi === 'satisfaction' && n > 0 && n < 10;
  const shown = isSuppressed ? null : value;
  const row = { value: shown, lo: shown === null ? null : Math.max(0, shown - half), hi: shown === null ? null : shown + half };
  row.n = isSuppressed ? null : n;
  row.open = kpi === 'processing_time' ? Math.round(n * 0.06) : 0;
  if (unit === 's' || unit === 'days') for (const stat of stats) row[stat] = value === null ? null : value * SPREAD[stat];
  if (kpi === 'satisfaction') Object.assign(row, { mean: shown, top2: shown && 0.81, score: shown && (shown - 1) / 4 });
  row.coverage = n === 0 ? null : 0.98;
  row.late_share = n === 0 ? null : 0.01;
  row.state = n === 0 ? 'no_data' : isSuppressed ? 'suppressed' : n < 30 ? 'few' : 'ok';
  return row;
}

/** Most cases are quick ones, so the median lies under the mean of the services' medians. */
function quickness(kpi, services) {
  return kpi === 'processing_time' && services.length > 1 ? 0.9 : 1;
}

function funnelRows(tenant, services, months) {
  const abandonment = rowOf('abandonment', tenant, services, months, []);
  if (abandonment.n === 0) return [];
  const lost = services.length === 1 ? SERVICES[services[0]][6] : 0.12;
  const drops = [0.02, 0.06, 0.05, lost, 0.08, 0.03];
  const started = abandonment.n;
  let reach = started;
  const rows = ['started', ...STEPS, 'submitted'].map((step, position) => {
    const drop = step === 'submitted' ? 0 : Math.round(started * (drops[position] ?? 0));
    const errors = STEPS.includes(step) ? Math.round(reach * (0.08 + (drops[position] ?? 0))) : 0;
    const row = {
      step, position, value: reach ? drop / reach : null, lo: null, hi: null, n: reach, open: position ? 0 : 14,
      reach, reach_share: reach / started, drop, drop_share: reach ? drop / reach : 0,
      errors, error_pressure: reach ? errors / reach : 0, lift: 1.8, coverage: 1, late_share: 0,
      state: reach === 0 ? 'no_data' : reach < 30 ? 'few' : 'ok',
    };
    reach -= drop;
    return row;
  });
  return rows;
}

/** Long in the middle of the morning, on Mondays and Thursdays; nobody comes on weekends. */
function hourRows(kpi, tenant, services, months) {
  const whole = rowOf(kpi, tenant, services, months, ['p50']);
  const rows = [];
  for (let weekday = 1; weekday <= 7; weekday++)
    for (let hour = 0; hour < 24; hour++) {
      const isOpen = whole.n > 0 && weekday <= 5 && hour >= 8 && hour < (weekday === 5 ? 12 : 16);
      const value = isOpen ? whole.value * (0.5 + 1.6 * Math.exp(-(((hour - 10.5) / 2) ** 2)) + (weekday % 3 === 1 ? 0.4 : 0)) : null;
      const n = isOpen ? Math.round(whole.n / 36) : 0;
      rows.push({ weekday, hour_of_day: hour, ...whole, value, lo: value, hi: value, p50: value, n, state: isOpen ? (n < 30 ? 'few' : 'ok') : 'no_data' });
    }
  return rows;
}

/** What is open at the moment, by what is left of its time limit or by its age. */
function openRows(kpi, tenant, services) {
  const base = { value: 0, lo: null, hi: null, n: 0, open: 0, state: 'ok' };
  const size = tenant === VILLAGE ? 1 : services.length;
  const counts =
    kpi === 'due'
      ? { overdue: 3, today: 1, days_1_5: 2, days_6_10: 4, days_11_20: 6, days_21_60: 9, days_over_60: 0 }
      : { age_0_5: 9, age_6_10: 6, age_11_20: 5, age_21_60: 4, age_over_60: 3 };
  for (const key of Object.keys(counts)) base.value += counts[key] *= size;
  const excluded = kpi === 'due' ? { excluded_no_limit: 2 * size, excluded_outside_calendar: 0 } : {};
  return [{ ...base, ...counts, n: base.value, open: base.value, ...excluded }];
}

const PILOT = {
  id: '3f9c2a01b7de', sha256: '3f9c2a01b7de'.padEnd(64, '0'), frozen_at: '2026-03-20T08:00:00.000Z', frozen_late: false,
  plan: {
    title: 'Erinnerung vor dem Termin', author: 'Stabsstelle', services: [], treated: [{ tenant: TOWN }], control: [{ tenant: YOUNG }],
    baseline: { from: '2025-10-06', to: '2026-04-06' }, pilot: { from: '2026-04-06', to: '2026-10-05' }, zone: 'Europe/Berlin',
  },
};

function answerPilot(lang) {
  const group = (units, before, after, lo, hi) => ({
    units, before, after, n_before: 886, n_after: 1086, change: { value: after - before, lo, hi, p: 0.0003 },
  });
  const finding = (kpi, unit, verdict, rest) => ({ kpi, unit, verdict, name: catalogueText(kpi, lang, 'name'), ...rest });
  return {
    pilot: PILOT, as_of: AS_OF, verdict: 'better',
    findings: [
      finding('no_show', 'ratio', 'better', {
        effect: { value: -0.045, lo: -0.076, hi: -0.013 }, treated: group(1, 0.126, 0.072, -0.084, -0.025), control: group(8, 0.102, 0.093, -0.02, 0.002),
        sentence: `${catalogueText('no_show', lang, 'name')}: 7 / 12`,
      }),
      finding('waiting_time', 's', 'not_distinguishable', {
        effect: { value: 0.5, lo: -64.5, hi: 65.5 }, treated: group(1, 477, 492, -41.5, 70.5), control: group(8, 492, 502, -27, 48),
        sentence: `${catalogueText('waiting_time', lang, 'name')}: 8 / 8`,
      }),
    ],
  };
}

function roiRows() {
  const costs = [212000, 61000, 63000, 64000, 66000, 67000];
  const benefits = [0, 92000, 148000, 171000, 176000, 181000];
  const rows = [];
  let cumulative = 0;
  let present = 0;
  let payback = null;
  costs.forEach((cost, year) => {
    const net = benefits[year] - cost;
    if (payback === null && cumulative < 0 && cumulative + net >= 0) payback = year - 1 - cumulative / net;
    cumulative += net;
    present += net / 1.012 ** year;
    rows.push({ kind: 'year', year, service: null, value: null, npv: null, cost, benefit: benefits[year], net, present: net / 1.012 ** year, cumulative, cumulative_present: present, citizen_hours_saved: null, n: 41000, state: 'ok' });
  });
  const total = {
    ...rows[0], kind: 'total', year: null, value: cumulative / costs.reduce((a, b) => a + b), npv: present,
    npv_lo: present * 0.71, npv_hi: present * 1.28, npv_budget: -84000, payback_static: payback, payback_dynamic: payback + 0.2,
    cost: 533000, benefit: 768000, net: cumulative, cumulative,
  };
  const service = { ...rows[0], kind: 'service', year: null, service: 'wohngeld-erstantrag', cost: null, benefit: null, net: null, cumulative: null, citizen_hours_saved: 5230 };
  return [total, ...rows, service];
}

const ROI_SECTIONS = {
  scenarios: [
    ['licence', 'expected', 'yes', 217000], ['licence', 'pessimistic', 'no', -31000], ['licence', 'optimistic', 'no', 402000],
    ['saas', 'expected', 'no', 188000], ['saas', 'pessimistic', 'no', -12000], ['saas', 'optimistic', 'no', 351000],
  ].map(([variant, scenario, chosen, npv]) => ({ variant, scenario, chosen, npv })),
  sensitivity: [
    ['hourly_rate', 71000, 363000], ['minutes_saved', 84000, 350000], ['running_costs', 279000, 155000], ['discount_rate', 217000, 217000],
  ].map(([input, npv_low, npv_high]) => ({ input, npv_low, npv_high })),
  monte_carlo: [{ figure: 'npv', value: 217000, lo: 41000, hi: 398000, share_positive: 0.99, draws: 10000 }],
  plan_actual: [
    ['npv', null, null, null, 'EUR', 180000, 217000, 1], ['transactions', 1, 'wohngeld-erstantrag', null, 'count', 2000, 1800, 1],
    ['transactions', 2, 'wohngeld-erstantrag', null, 'count', 2000, 500, 0.25], ['minutes_after', 2, 'wohngeld-erstantrag', null, 'min', 40, 30, 0.25],
    ['cost', 1, null, '2.1', 'EUR', 61000, 64000, 1],
  ].map(([figure, year, service, position, unit, planned, actual, observed]) => ({
    figure, year, service, position, unit, planned, actual, observed,
    difference: observed < 1 && unit !== 'min' ? null : actual - planned,
  })),
};

function monthsBetween(from, to) {
  const monthOf = (text) => Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7)) - 1;
  const first = from ? monthOf(from) : FIRST_MONTH;
  return Array.from({ length: (to ? monthOf(to) : LAST_MONTH + 1) - first }, (_, at) => first + at);
}

function monthText(month) {
  return `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
}

/** Of a day in Berlin, in UTC; the fixture knows first days of months only. */
function midnight(day) {
  if (!day) return null;
  const summer = Number(day.slice(5, 7)) >= 4 && Number(day.slice(5, 7)) <= 10;
  return new Date(Date.parse(`${day}T00:00:00Z`) - (summer ? 2 : 1) * 3600000).toISOString();
}

function answerKpi(kpi, query) {
  for (const name of query.keys())
    if (!PARAMETERS.includes(name)) return problem(400, 'Bad Request', `${name}: no such parameter`);
  if (!KPIS[kpi]) return problem(404, 'Not Found', `no KPI "${kpi}"`);
  const tenant = query.get('tenant') ?? TOWN;
  if (kpi === 'roi' && tenant === VILLAGE)
    return problem(400, 'Bad Request', 'roi: no assumptions are configured for tenant 010510000000');
  const lang = query.get('lang') ?? 'en';
  const by = (query.get('by') ?? '').split(',').filter(Boolean);
  const stats = (query.get('stat') ?? 'p10,p25,p50,p75,p90,p95').split(',');
  const asked = query.get('service');
  const services = asked ? asked.split(',').filter((key) => SERVICES[key]) : Object.keys(SERVICES);
  const months = monthsBetween(query.get('from'), query.get('to'));

  let rows = [];
  if (kpi === 'roi') rows = roiRows();
  else if (by.includes('hour_of_day')) rows = hourRows(kpi, tenant, services, months);
  else if (kpi === 'due' || kpi === 'backlog') rows = openRows(kpi, tenant, services);
  else if (kpi === 'funnel') rows = funnelRows(tenant, services, months);
  else {
    const serviceGroups = by.includes('service') ? services.map((key) => [key]) : [services];
    const monthGroups = by.includes('month') ? months.map((month) => [month]) : [months];
    for (const group of serviceGroups)
      for (const span of monthGroups) {
        const keys = {};
        if (by.includes('service')) keys.service = group[0];
        if (by.includes('month')) keys.month = monthText(span[0]);
        const row = rowOf(kpi, tenant, group, span, stats);
        if (by.length === 0 || row.n !== 0) rows.push({ ...keys, ...row });
      }
  }
  const [unit, direction, view] = KPIS[kpi];
  return {
    status: 200,
    body: {
      definition: {
        id: kpi, version: 1, unit, direction, name: catalogueText(kpi, lang, 'name'), explanation: catalogueText(kpi, lang, 'explanation'),
        population: 'units that lie in the interval', formula: 'as docs/KPIS.md says', exclusions: 'none',
        view, clock: unit === 's' ? 'gross' : null,
      },
      interval: { from: midnight(query.get('from')), to: midnight(query.get('to')), zone: 'Europe/Berlin' },
      calendar: 'none', as_of: AS_OF,
      state: rows.find(({ state }) => state !== 'ok')?.state ?? (rows.length ? 'ok' : 'no_data'),
      by, columns: Object.keys(rows[0] ?? {}).map((name) => ({ name, unit: '' })), rows,
      ...(query.get('section') && {
        sections: Object.fromEntries(query.get('section').split(',').map((name) => [name, { columns: [], rows: ROI_SECTIONS[name] }])),
      }),
      notes: kpi === 'roi' ? [{ key: 'hourly_rate', text: '54.3 (cost of a workplace, 2026-01-01)' }, { key: 'discount_rate', text: '0.012 (federal budget circular, 2026-01-01)' }] : [],
    },
  };
}

function answerDimensions() {
  const target = (kpi, value, service = null, stat = 'value') => ({ kpi, service, stat, value });
  const targets = [
    target('processing_time', 10 * DAY), target('abandonment', 0.2), target('no_show', 0.06), target('waiting_time', 600),
    target('digital_take_up', 0.5), target('satisfaction', 4),
    ...Object.entries(SERVICES).filter(([, s]) => s[5]).map(([key, s]) => target('processing_time', s[5] * DAY, key, 'p50')),
  ];
  const span = { first: '2024-11-01T07:01:12.000Z', last: '2026-10-31T15:59:03.250Z' };
  const tenants = [
    { key: VILLAGE, name: 'Kleinhausen an der Vöckla', zone: 'Europe/Berlin', events: 1841, ...span, assumptions: false, targets: [] },
    { key: TOWN, name: 'Musterstadt', zone: 'Europe/Berlin', events: 1184213, ...span, assumptions: true, targets },
    { key: YOUNG, name: 'Neuenfeld', zone: 'Europe/Berlin', events: 590142, ...span, first: YOUNG_FIRST, assumptions: true, targets },
  ];
  const services = tenants.flatMap(({ key: tenant }) =>
    Object.entries(SERVICES).map(([key, [de, en]]) => ({
      key, tenant, name: { de, en }, events: 1000, ...span, ...(tenant === YOUNG ? { first: YOUNG_FIRST } : {}),
    })));
  const steps = Object.entries(STEP_NAMES).map(([key, [de, en]]) => ({ key, name: { de, en } }));
  const offices = [{ key: 'buergerbuero-mitte', tenant: TOWN, name: 'Bürgerbüro Mitte', events: 9, ...span }];
  return { tenants, services, offices, steps };
}

function answerStatus() {
  const now = Date.now();
  const source = (name, seconds) => ({ source: name, accepted: 5120, duplicate: 3, rejected: 1, last_seen: new Date(now - seconds * 1000).toISOString() });
  return {
    version: '0.1.0', started: '2026-10-12T07:00:00.000Z',
    data: { events: 1186054, oldest: '2024-11-01T07:01:12.000Z', newest: '2026-10-31T15:59:03.250Z' },
    sources: [source('forms', 40), source('cases', 190), source('appointments', 75)],
  };
}

function problem(status, title, detail) {
  return { status, body: { type: 'about:blank', title, status, detail } };
}

function route(url) {
  const kpi = /^\/v1\/kpis\/([a-z_]+)$/.exec(url.pathname);
  if (kpi) return answerKpi(kpi[1], url.searchParams);
  // Too little of the past to judge a change by.
  if (/^\/v1\/kpis\/[a-z_]+\/sentence$/.test(url.pathname)) return { status: 200, body: { change: { verdict: 'unknown' } } };
  if (url.pathname === '/v1/pilots') return { status: 200, body: { pilots: [PILOT] } };
  if (url.pathname === `/v1/pilots/${PILOT.id}`) return { status: 200, body: PILOT };
  if (url.pathname === `/v1/pilots/${PILOT.id}/result`) return { status: 200, body: answerPilot(url.searchParams.get('lang')) };
  if (url.pathname === '/v1/dimensions') return { status: 200, body: answerDimensions() };
  if (url.pathname === '/v1/status') return { status: 200, body: answerStatus() };
  if (url.pathname === '/v1/kpis')
    return { status: 200, body: { kpis: Object.keys(KPIS).map((id) => ({ id, version: 1 })) } };
  return null;
}

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };

async function serve(request, response) {
  const url = new URL(request.url, 'http://localhost');
  const answer = route(url);
  if (answer) {
    if (url.searchParams.get('format') === 'csv' && answer.status === 200) {
      const { rows } = answer.body;
      const lines = [Object.keys(rows[0] ?? {}), ...rows.map(Object.values)].map((cells) => cells.join(','));
      response.writeHead(200, { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename="kpi.csv"' });
      return response.end(lines.join('\r\n') + '\r\n');
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    return response.end(JSON.stringify(answer.body));
  }
  const path = normalize(url.pathname === '/' ? '/index.html' : url.pathname);
  try {
    const bytes = await readFile(join(DIST, path));
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', 'content-security-policy': POLICY });
    response.end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}

/** Resolves to the server, listening on loopback only. */
export function startFixture(port = 0) {
  const server = createServer((request, response) => void serve(request, response));
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const at = process.argv.indexOf('--listen');
  const server = await startFixture(at < 0 ? 0 : Number(process.argv[at + 1]));
  console.log(`http://127.0.0.1:${server.address().port}/`);
}
