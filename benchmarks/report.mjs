// SPDX-License-Identifier: EUPL-1.2
// Makes tables of results, so that no figure is typed by hand. Each script leaves one JSON file with a
// `kind`; a kind has sections, each a Markdown table.
//
// usage: node report.mjs RESULT.json…              prints all sections
//        node report.mjs --into FILE RESULT.json…  puts each section between its two marks in FILE:
//                                                  <!-- begin NAME --> and <!-- end NAME -->
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAMES = { pegel: 'Pegel', duckdb: 'DuckDB', clickhouse: 'ClickHouse' };
const count = (value) => (value === undefined || value === null ? '–' : Math.round(value).toLocaleString('en'));
const fixed = (value, digits = 1) => (value === undefined || value === null || Number.isNaN(value) ? '–' : value.toFixed(digits));
const mebibytes = (bytes) => (bytes === undefined ? '–' : `${count(bytes / 2 ** 20)} MiB`);
// Three digits tell enough.
const figure = (value) => (value === undefined || value === null || !Number.isFinite(value) ? '–' : value >= 100 ? count(value) : value.toPrecision(3));

// The first column is text, the others are figures.
function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

const sentence = ({ machine, command }) => `${machine.date}, commit ${machine.commit}; ${machine.processors} × ${machine.processor}, ` +
  `${machine.memory_gib} GiB, ${machine.system}.${command ? ` \`${command}\`` : ''}`;

/* ---- compare ---- */

const factor = (question, peers) => Math.min(...peers.map((name) => question.ms[name] ?? Infinity)) / question.ms.pegel;

function questionTable(result, group) {
  const peers = result.engines.filter((name) => name !== 'pegel');
  const questions = result.questions.filter((question) => question.group === group);
  const rows = questions.map((question) => [question.name, ...result.engines.map((name) => figure(question.ms[name])),
    figure(factor(question, peers)),
    question.differ > 0 ? `${question.differ} DIFFER` : Object.keys(question.ms).length < 2 ? '–' : `equal, ${count(question.rows)} rows`]);
  const factors = questions.map((question) => factor(question, peers)).filter((f) => Number.isFinite(f) && f > 0);
  const mean = Math.exp(factors.reduce((sum, f) => sum + Math.log(f), 0) / factors.length);
  return `${table(['question', ...result.engines.map((name) => `${NAMES[name]}, ms`), 'times the faster peer', 'answers'], rows)}

Median of ${result.options.runs} warm answers. Geometric mean ${figure(mean)} times, least ${figure(Math.min(...factors))} times.`;
}

// The table that was asked; `stream` is another way to ask the table `journey`.
const orderOf = (result, name) => result.load[name].orders[result.ask[name].order.replace('stream', 'journey')];

function loadOf(result, name) {
  const load = result.load[name];
  if (name === 'pegel')
    return { load_s: load.load_s, dedup_s: 0, compact_s: (load.settle_s ?? 0) + (load.compact?.wall_s ?? 0), peak: load.process.anonymous_max };
  const { dedup_s, compact_s } = orderOf(result, name);
  return { load_s: load.load_s, dedup_s, compact_s, peak: load.peak_bytes };
}

function loadTable(result) {
  const loads = result.engines.map((name) => loadOf(result, name));
  const lines = result.sample.lines;
  return table(['', ...result.engines.map((name) => NAMES[name])], [
    ['load of the file, s', ...loads.map((l) => fixed(l.load_s))],
    ['dropping repeated ids and sorting, s', ...loads.map((l) => (l.dedup_s === 0 ? 'while loading' : fixed(l.dedup_s)))],
    ['merging what is left, s', ...loads.map((l) => fixed(l.compact_s))],
    ['events/s, load', ...loads.map((l) => count(lines / l.load_s))],
    ['events/s, load without repeated ids', ...loads.map((l) => count(lines / (l.load_s + l.dedup_s)))],
    ['peak memory while loading', ...loads.map((l) => mebibytes(l.peak))],
  ]);
}

function bytesTable(result) {
  const per = (bytes) => fixed(bytes / (result.sample.lines - result.sample.repeats), 2);
  const rows = result.engines.map((name) => {
    const load = result.load[name];
    if (name === 'pegel') {
      const { segment, ids, wal, names } = load.bytes;
      return [NAMES[name], per(segment + wal + names), '', per(ids), per(segment + wal + names + ids)];
    }
    const { bytes } = orderOf(result, name);
    const [least, of] = Object.entries(load.orders).map(([order, o]) => [o.bytes, order]).sort((a, b) => a[0] - b[0])[0];
    return [NAMES[name], per(bytes), `${per(least)} (${of})`, '', per(load.bytes_with_ids)];
  });
  return table(['bytes an event', 'without ids', 'smallest order tried', 'ids', 'with ids'], rows);
}

function peerColumns(result) {
  const load = result.load.clickhouse;
  if (!load) return '';
  const { columns } = orderOf(result, 'clickhouse');
  const per = (bytes) => bytes / (result.sample.lines - result.sample.repeats);
  return table(['column', 'ClickHouse, B an event'], Object.entries(columns).filter(([, bytes]) => per(bytes) >= 0.005)
    .map(([name, bytes]) => [`\`${name}\``, fixed(per(bytes), 3)]));
}

function memoryTable(result) {
  const { load, ask } = result;
  if (!load.pegel) return '';
  const rows = [
    ['anonymous memory while loading, most', mebibytes(load.pegel.process.anonymous_max)],
    ['anonymous memory while answering all questions, most', mebibytes(ask.pegel.process.anonymous_max)],
    ['mapped from files while answering, most', mebibytes(ask.pegel.process.file_max)],
    ['opening until the first answer, s', fixed(ask.pegel.open_s, 2)],
    ['merging after the load, s', fixed(load.pegel.settle_s ?? 0)],
    ['bytes written over bytes kept', fixed((load.pegel.process.written_bytes + (load.pegel.compact?.written_bytes ?? 0)) /
      (load.pegel.bytes.segment + load.pegel.bytes.ids + load.pegel.bytes.wal + load.pegel.bytes.names), 2)],
    ['of them for merging at the end', fixed((load.pegel.compact?.written_bytes ?? 0) / load.pegel.process.written_bytes, 2)],
  ];
  return table([`${count(result.sample.lines)} events`, 'Pegel'], rows);
}

function compareSections(result) {
  const { rows, found } = result.ask.pegel?.truth ?? { rows: 0, found: [] };
  const words = ['events', 'days', 'seed', 'runs', 'threads', 'load'].map((name) => `--${name} ${result.options[name]}`).join(' ');
  return {
    machine: `${sentence(result)} ${result.engines.map((name) => result.load[name].version).join(', ')}.`,
    command: `\`node benchmarks/peers/compare.mjs ${words}\``,
    truth: `Pegel against the truth of the sample: ${count(rows)} rows, ${found.length === 0 ? 'all equal' : `${found.length} figures DIFFER: ${found.slice(0, 5).join('; ')}`}.`,
    journeys: questionTable(result, 'journeys'),
    events: questionTable(result, 'events'),
    ways: questionTable(result, 'ways'),
    load: loadTable(result),
    bytes: bytesTable(result),
    columns: peerColumns(result),
    memory: memoryTable(result),
  };
}

/* ---- ingest ---- */

function ingestSections(result) {
  const rows = result.trials.map((t) => [t.name, t.connections, count(t.events_per_second), figure(t.p50_ms), figure(t.p99_ms),
    figure(t.max_ms), mebibytes(t.server.anonymous_max), fixed(t.client.processors_used, 2)]);
  return { ingest: `${sentence(result)}\n\n${table(['way in', 'connections', 'events/s durable', 'p50, ms', 'p99, ms', 'slowest, ms',
    'most memory', 'processors of the client'], rows)}` };
}

/* ---- under load ---- */

const latency = (name, l) => [name, count(l.n), figure(l.p50), figure(l.p90), figure(l.p99), figure(l.max)];

function underloadSections(result) {
  const { sender, questions, server, client } = result;
  const answers = table(['answers', 'number', 'p50, ms', 'p90, ms', 'p99, ms', 'slowest, ms'], [
    latency('first opening: all questions of the pages', result.opening.all),
    latency('first opening: a whole page', result.opening.pages),
    latency('refresh: all questions of the pages', questions.all),
    ...Object.entries(questions.by_kpi).map(([kpi, l]) => latency(`\`${kpi}\``, l)),
    latency('refresh: a whole page, from its first question to its last answer', questions.pages),
    ...(sender ? [latency('batches, until they are durable', sender.ms)] : [])]);
  const rest = table(['', ''], [
    ['events stored before; when the refreshes began; when they ended', [result.stored_before, ...result.stored_while_refreshed].map(count).join('; ')],
    ['events/s wanted', count(result.options.rate)],
    ['events/s achieved', count(sender?.events_per_second)], ['sender behind its schedule at worst, ms', figure(sender?.behind_ms)],
    ['refused for the moment (429, 503)', count(sender?.retries)], ['questions that failed', count(questions.failed)],
    ['refresh: answers that were kept', `${fixed(questions.kept_share * 100, 1)} %`],
    ['how old they were: p50, p90, at most, s', `${figure(questions.age_s.p50)}, ${figure(questions.age_s.p90)}, ${figure(questions.age_s.max)}`],
    ['pages refreshed, and too late to begin in time', `${count(questions.pages.n)}, ${count(questions.late)}`],
    ['anonymous memory, most', mebibytes(server.anonymous_max)], ['processors of the server', fixed(server.processors_used, 2)],
    ['processors of the sender, of the dashboards', `${fixed(sender?.client.processors_used, 2)}, ${fixed(client.processors_used, 2)}`],
    ['segments: least, most, in the end', `${result.segments.least}, ${result.segments.most}, ${result.segments.last}`]]);
  return { underload: `${sentence(result)}\n\n${answers}\n\n${rest}` };
}

/* ---- scale ---- */

function scaleSections(result) {
  const rows = result.sizes.map((s) => [count(s.events), s.way, fixed(1e9 / s.events_per_second, 0), fixed((s.server.cpu_s * 1e9) / s.events, 0), count(s.events_per_second),
    `${count(s.rate_least)}–${count(s.rate_most)}`, mebibytes(s.server.anonymous_max), fixed(s.bytes_an_event.segments, 2),
    fixed(s.bytes_an_event.ids, 2), fixed(s.write_amplification, 2), fixed(s.open_s, 2)]);
  const names = Object.keys(result.sizes[0].questions);
  const asked = names.map((name) => [name, ...result.sizes.flatMap((s) => {
    const { one, two } = s.questions[name];
    return [`${fixed(one.ns_a_journey, 2)}`, `${fixed(two.ns_a_journey, 2)} (${fixed(one.ms / two.ms, 2)}×)`];
  })]);
  return { scale: `${sentence(result)}

${table(['events', 'way in', 'ns an event', 'of a processor', 'events/s', 'slowest–fastest twentieth', 'most memory', 'B an event', 'B of ids', 'written / kept', 'open, s'], rows)}

${table(['ns a journey', ...result.sizes.flatMap((s) => [`${count(s.events)}: one thread`, 'two'])], asked)}` };
}

/* ---- kernels and columns ---- */

// Of what is there, told per event like the bytes.
const entropy = (c) => (c.bytes_a_row === 0 ? 0 : (c.entropy_bytes_a_row * c.bytes_an_event) / c.bytes_a_row);

function benchesSections(result) {
  const kernels = table(['kernel', 'M a second', 'GB a second'],
    result.kernels.map((k) => [k.kernel, figure(k.millions_a_second), k.gigabytes_a_second > 0 ? figure(k.gigabytes_a_second) : '–']));
  const columns = table(['table and column', 'B an event', 'entropy, B an event', 'B a row', 'ns a row to read'],
    result.columns.filter((c) => c.bytes_an_event >= 0.005).map((c) => [c.column === 'all' ? `**${c.frame}s**` : `${c.frame} \`${c.column}\``,
      fixed(c.bytes_an_event, 3), fixed(entropy(c), 3), fixed(c.bytes_a_row, 3), fixed(c.ns_a_row, 2)]));
  return { kernels: `${sentence(result)}\n\n${kernels}`, entropy: result.columns.length > 0 ? columns : '' };
}

/* ---- what all of them say of the goals ---- */

const NAMED = {
  journeys: ['processing time by service', 'funnel by service', 'waiting time by office', 'no-show by month and office',
    'time to complete by service', 'booking lead time by office'],
  events: ['events by day', 'events by tenant, day and type', 'top services by cases received',
    'online share by month and tenant', 'backlog by day', 'distinct subjects by month'],
};

function comparedGoals(result) {
  const peers = result.engines.filter((name) => name !== 'pegel');
  const factors = (names) => result.questions.filter((q) => names.includes(q.name)).map((q) => factor(q, peers)).filter(Number.isFinite);
  const told = (names) => {
    const all = factors(names);
    return `${figure(Math.min(...all))} to ${figure(Math.max(...all))} times`;
  };
  const size = `${count(result.sample.lines)} events`;
  const { bytes } = result.load.pegel, kept = bytes.segment + bytes.names + bytes.wal;
  const least = result.load.clickhouse && Math.min(...Object.values(result.load.clickhouse.orders).map((order) => order.bytes));
  const loads = Object.fromEntries(result.engines.map((name) => [name, loadOf(result, name)]));
  const faster = (seconds_of) => Math.min(...peers.map((name) => seconds_of(loads[name]))) / loads.pegel.load_s;
  return [
    [`the ${NAMED.journeys.length} questions about journeys that the goal names, ${size}: times the faster peer`, 'at least 20', told(NAMED.journeys)],
    [`the ${NAMED.events.length} questions about events that the goal names, ${size}: times the faster peer`, 'at least 5', told(NAMED.events)],
    ['bytes of events and journeys without ids, of ClickHouse\'s least', 'at most 1.0', fixed(kept / least, 2)],
    ['load over HTTP, times the faster peer\'s load of the file', 'at least 5',
      `${figure(faster((l) => l.load_s))}; without repeated ids ${figure(faster((l) => l.load_s + l.dedup_s))}`],
    [`anonymous memory while ${size} came in`, 'at most 512 MiB', mebibytes(result.load.pegel.process.anonymous_max)],
    [`opening ${size}, s`, 'under 1', fixed(result.ask.pegel.open_s, 2)],
    ['bytes written over bytes kept, all merged', 'measured', fixed((result.load.pegel.process.written_bytes +
      (result.load.pegel.compact?.written_bytes ?? 0)) / (kept + bytes.ids), 2)],
  ];
}

function scaledGoals({ sizes }) {
  const [first, last] = [sizes[0], sizes.at(-1)];
  const times = (of) => fixed(of(last) / of(first), 2);
  const from = `${count(last.events)} over ${count(first.events)} events`;
  const questions = Object.keys(first.questions);
  return [
    [`processor time an event taken in, ${from}`, 'flat', times((s) => s.server.cpu_s / s.events)],
    [`time a journey asked, one thread, ${from}`, 'flat', questions.map((name) => times((s) => s.questions[name].one.ns_a_journey)).join(', ')],
    [`two threads over one, ${count(last.events)} events`, 'nearly 2',
      questions.map((name) => fixed(last.questions[name].one.ms / last.questions[name].two.ms, 2)).join(', ')],
  ];
}

// Columns of journeys that only questions read: events are told from all others, and from no day.
const FOR_QUESTIONS = ['events', 'active_ms', 'steps', 'step_errors', 'last_step', 'last_step_time', 'requests', 'minutes', 'paused',
  'paused_complete', 'start_set', 'service_ms'];
const isOfEvents = ({ frame, column }) => column !== 'all' && column !== 'arrival' && frame !== 'day' &&
  (frame === 'event' || !FOR_QUESTIONS.includes(column));

function columnGoals({ columns }, results) {
  const compared = results.find(({ kind }) => kind === 'compare');
  const per_event = compared?.load.clickhouse && Math.min(...Object.values(compared.load.clickhouse.orders).map((order) => order.bytes)) /
    (compared.sample.lines - compared.sample.repeats);
  const share = (of) => fixed(columns.filter(isOfEvents).reduce((sum, c) => sum + of(c), 0) / per_event, 2);
  return [
    ...(per_event ? [['bytes of all that gives the events back, without ids and arrivals, of ClickHouse\'s least; their entropy', 'at most 0.65',
      `${share((c) => c.bytes_an_event)}; ${share(entropy)}`]] : []),
    ...columns.filter((c) => c.column === 'all').map((c) => [`${c.frame}s: bytes an event, and their entropy`, 'measured',
      `${fixed(c.bytes_an_event, 2)}, ${fixed(entropy(c), 2)}`])];
}

const goalsOf = {
  compare: comparedGoals,
  scale: scaledGoals,
  ingest: ({ trials }) => [['events/s durable over HTTP, NDJSON, 1,000 a request', 'measured',
    count(Math.max(...trials.filter((t) => t.name.startsWith('NDJSON, 1,000')).map((t) => t.events_per_second)))]],
  underload: ({ stored_while_refreshed, sender, questions, opening }) => {
    const where = `${count(stored_while_refreshed[0])} events stored and ${count(sender?.events_per_second)} a second arriving`;
    return [[`p99 of an answer of open dashboards, ${where}, ms`, 'under 50', figure(questions.all.p99)],
      ['its age: half are younger than, oldest, s', 'measured', `${figure(questions.age_s.p50)}, ${figure(questions.age_s.max)}`],
      ['p50 and p99 of an answer that nobody has asked for before, ms', 'measured', `${figure(opening.all.p50)}, ${figure(opening.all.p99)}`]];
  },
  benches: columnGoals,
};

export function goals(results) {
  return table(['goal', 'wanted', 'measured'], results.flatMap((result) => goalsOf[result.kind](result, results)));
}

const sectionsOf = { compare: compareSections, ingest: ingestSections, underload: underloadSections, scale: scaleSections,
  benches: benchesSections };

export function sections(result) {
  const make = sectionsOf[result.kind];
  if (make === undefined) throw new Error(`there is no kind of result "${result.kind}"`);
  return make(result);
}

export function markdown(result) {
  return Object.values(sections(result)).filter((text) => text !== '').join('\n\n');
}

function fill(text, name, content) {
  const mark = new RegExp(`(<!-- begin ${name} -->\n)[^]*?(<!-- end ${name} -->)`);
  if (!mark.test(text)) console.error(`no marks for "${name}"`);
  return text.replace(mark, (_, begin, end) => `${begin}${content}\n${end}`);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const words = process.argv.slice(2);
  const into = words[0] === '--into' ? words.splice(0, 2)[1] : null;
  const results = words.map((path) => JSON.parse(readFileSync(path)));
  if (into === null) results.forEach((result) => console.log(`${markdown(result)}\n`));
  else
    writeFileSync(into, [['goals', goals(results)], ...results.flatMap((result) => Object.entries(sections(result)))]
      .reduce((text, [name, content]) => fill(text, name, content), readFileSync(into, 'utf8')));
}
