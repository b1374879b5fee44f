// SPDX-License-Identifier: EUPL-1.2
// Loads one sample into Pegel, DuckDB and ClickHouse, asks all of them the same questions, holds the
// answers against each other row by row, and prints times and sizes. ../../BENCHMARKS.md.
//
// usage: node compare.mjs [--events N] [--seed N] [--days N] [--stages LIST] [--engines LIST] [--runs N] …
// A stage keeps its result in WORK/results, so that those after it can be repeated alone:
//   sample   load-ENGINE   ask-ENGINE   report   clean
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine, parseOptions, readJson, root, Watch, writeJson } from '../measure.mjs';
import { markdown } from '../report.mjs';
import { Pegel } from './pegel.mjs';
import { questions } from './questions.mjs';
import { checkTruth } from './truth.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const PEERS = ['duckdb', 'clickhouse'];
const options = parseOptions({
  events: 1000000, seed: 1, days: 365, runs: 5, threads: 2, load: 'http', connections: 32, engines: 'pegel,duckdb,clickhouse', stages: '',
  orders: 'journey', work: join(root, 'build/peers'), sample: '', pegel: join(root, 'build/release/pegel'), out: '',
});
options.work = resolve(options.work);
const engines = options.engines.split(',');
const peers = engines.filter((name) => PEERS.includes(name));
const loads = engines.map((name) => `load-${name}`), asks = engines.map((name) => `ask-${name}`);
const stages = options.stages ? options.stages.split(',') : ['sample', ...loads, ...asks, 'report'];

const folder = (...names) => join(options.work, ...names);
const result = (name) => folder('results', `${name}.json`);
const sample = options.sample ? resolve(options.sample) : folder(`sample-${options.seed}-${options.events}-${options.days}`);
const events = join(sample, 'events.ndjson');
const truth = () => readJson(join(sample, 'truth.json'));
const asOf = () => Date.parse(truth().as_of);

// Durations agree when they are less than half a millisecond apart, ratios and means to 1e-9.
const TOLERANCE = { count: 0, ms: 0.5, ratio: 1e-9 };

// What differs between two answers, in words.
function differences(question, left, right) {
  const keyOf = (row) => question.keys.map((key) => row[key]).join(' | ');
  const others = new Map(right.map((row) => [keyOf(row), row]));
  const found = [];
  for (const row of left) {
    const other = others.get(keyOf(row));
    others.delete(keyOf(row));
    if (other === undefined) {
      found.push(`${keyOf(row)}: only one has this row`);
      continue;
    }
    for (const [column, , kind] of question.columns)
      if (!(Math.abs(row[column] - other[column]) <= TOLERANCE[kind]))
        found.push(`${keyOf(row)}: ${column} ${row[column]} and ${other[column]}`);
  }
  for (const key of others.keys()) found.push(`${key}: only the other has this row`);
  return found;
}

/* ---- stages ---- */

function makeSample() {
  if (existsSync(join(sample, 'truth.json'))) return;
  execFileSync(options.pegel, ['sample', '--seed', options.seed, '--events', options.events, '--days', options.days,
    '--out', sample].map(String), { stdio: 'inherit' });
}

const openPegel = () => new Pegel(options.pegel, folder('pegel'), join(sample, 'config.json'));

async function loadPegel() {
  const { lines, repeats } = truth();
  const pegel = openPegel(), report = { version: execFileSync(options.pegel, ['--version']).toString().trim(), way: options.load };
  pegel.prepare();
  try {
    if (options.load === 'file') {
      report.process = await pegel.importFile(events);
      report.load_s = report.process.wall_s;
    } else {
      await pegel.start();
      const watch = new Watch(pegel.pid);
      report.client = await pegel.loadOverHttp(events, { connections: options.connections });
      report.load_s = report.client.seconds;
      const { accepted, duplicate, rejected } = report.client;
      if (accepted !== lines - repeats || duplicate !== repeats || rejected !== 0)
        throw new Error(`accepted ${accepted}, repeated ${duplicate}, rejected ${rejected} of ${lines}`);
      report.settle_s = await pegel.settle();
      report.process = watch.stop();
    }
  } finally {
    await pegel.stop();
  }
  report.bytes_loaded = pegel.bytes();
  report.compact = await pegel.compact();
  report.bytes = pegel.bytes();
  if (options.load !== 'file') await importAgain(pegel);
  return report;
}

// What arrives over HTTP is known from now on, so an answer as of the end of the sample would know none of it. Questions
// are asked of a store into which the same file was imported: of an import is known what had occurred.
async function importAgain(pegel) {
  pegel.prepare();
  await pegel.importFile(events);
  await pegel.compact();
}

async function askPegel() {
  const pegel = openPegel();
  try {
    await pegel.start();
    const watch = new Watch(pegel.pid);
    const report = { ...(await pegel.askAll(asOf(), options.runs)), open_s: pegel.open_s };
    report.process = watch.stop();
    report.data = (await pegel.status()).data;
    report.truth = await checkTruth(pegel, truth());
    return report;
  } finally {
    await pegel.stop();
  }
}

// A peer works in a process of its own.
function runPeer(command, name, more) {
  const wishes = folder('results', `${command}-${name}.options.json`), out = result(`${command}-${name}`);
  writeJson(wishes, { folder: folder(name), threads: options.threads, runs: options.runs, ...more });
  execFileSync('node', [join(here, 'engine.mjs'), command, name, wishes, out], { stdio: 'inherit', cwd: here });
  return readJson(out);
}

// `stream` is a way to ask the table `journey`, of ClickHouse alone.
const ways = options.orders.split(',');
const tableOf = (way) => (way === 'stream' ? 'journey' : way);
const loadPeer = (name) => runPeer('load', name, { events, orders: [...new Set(ways.map(tableOf))] });

// Of several orders that one is asked in earnest whose answers, once each, take least time in sum.
function askPeer(name) {
  const { steps, orders } = readJson(result(`load-${name}`));
  const own = ways.filter((way) => orders[tableOf(way)] && (name === 'clickhouse' || way !== 'stream'));
  const tell = (order, runs) => runPeer('ask', name, { order, steps, asOf: asOf(), runs });
  if (own.length === 1) return tell(own[0], options.runs);
  const sum = (report) => Object.values(report.ms).reduce((a, b) => a + b, 0);
  const sums_ms = Object.fromEntries(own.map((order) => [order, sum(tell(order, 1))]));
  const best = own.reduce((a, b) => (sums_ms[b] < sums_ms[a] ? b : a));
  return { ...tell(best, options.runs), sums_ms };
}

// Everything that is known goes into one result: what stages left behind, held against each other.
function report() {
  const { lines, repeats } = truth();
  const known = engines.filter((name) => existsSync(result(`load-${name}`)) && existsSync(result(`ask-${name}`)));
  const loaded = Object.fromEntries(known.map((name) => [name, readJson(result(`load-${name}`))]));
  const asked = Object.fromEntries(known.map((name) => [name, readJson(result(`ask-${name}`))]));
  const rows = questions.map((question) => {
    const having = known.filter((name) => asked[name].answers[question.name] !== undefined);
    const answer = (name) => asked[name].answers[question.name];
    const found = having.slice(1).flatMap((name) => differences(question, answer(having[0]), answer(name))
      .map((text) => `${having[0]}/${name}: ${text}`));
    const ms = Object.fromEntries(having.map((name) => [name, asked[name].ms[question.name]]));
    return { name: question.name, group: question.group, rows: having.length ? answer(having[0]).length : 0, ms,
      differ: found.length, differences: found.slice(0, 5) };
  });
  for (const name of known) delete asked[name].answers;
  const { pegel: _, work: __, sample: ___, ...wanted } = options;
  return { kind: 'compare', machine: machine(), options: wanted, sample: { lines, repeats }, engines: known, load: loaded,
    ask: asked, questions: rows };
}

function clean() {
  for (const name of [...engines, 'results']) rmSync(folder(name), { recursive: true, force: true });
  if (!options.sample) rmSync(sample, { recursive: true, force: true });
}

const keep = async (name, make) => writeJson(result(name), await make());
const works = { sample: makeSample, clean,
  'load-pegel': () => keep('load-pegel', loadPegel), 'ask-pegel': () => keep('ask-pegel', askPegel),
  report: () => keep('compare', report) };
for (const name of peers) {
  works[`load-${name}`] = () => loadPeer(name);
  works[`ask-${name}`] = () => keep(`ask-${name}`, () => askPeer(name));
}
for (const stage of stages) if (!works[stage]) throw new Error(`there is no stage ${stage}`);
mkdirSync(options.work, { recursive: true });
let failed = 0;
for (const stage of stages) {
  console.error(`-- ${stage}`);
  const began = Date.now();
  try {
    await works[stage]();
    console.error(`-- ${stage}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  } catch (error) {
    failed++;
    console.error(`-- ${stage} FAILED: ${error.message}`);
    if (stage === 'sample') break;
  }
}
if (stages.includes('report') && existsSync(result('compare'))) {
  const compared = readJson(result('compare'));
  console.log(markdown(compared));
  if (options.out) writeJson(options.out, compared);
  failed += compared.questions.filter((question) => question.differ > 0).length;
  failed += compared.ask.pegel?.truth.found.length ?? 0;
  failed += compared.engines.filter((name) => Object.keys(compared.ask[name].failed).length > 0).length;
}
process.exitCode = failed === 0 ? 0 : 1;
