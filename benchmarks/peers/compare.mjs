// SPDX-License-Identifier: EUPL-1.2
// Loads one sample into Pegel, DuckDB and ClickHouse, asks all of them the same questions, holds the
// answers against each other row by row, and prints times and sizes. ../../BENCHMARKS.md.
//
// usage: node compare.mjs [--pegel PROGRAM] [--events N] [--seed N] [--days N] [--runs N] [--threads N]
//                         [--work FOLDER] [--load http|file] [--out FILE.json] [--without duckdb,clickhouse]
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pegel } from './pegel.mjs';
import { questions } from './questions.mjs';
import { checkTruth } from './truth.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const options = {
  pegel: join(root, 'build/release/pegel'), events: '1000000', seed: '1', days: '365', runs: '5',
  threads: '2', work: join(root, 'build/peers'), load: 'http', without: '', out: '',
};
for (let i = 2; i < process.argv.length; i += 2) {
  const name = process.argv[i].slice(2);
  if (!(name in options) || process.argv[i + 1] === undefined) throw new Error(`what is ${process.argv[i]}?`);
  options[name] = process.argv[i + 1];
}

// Durations agree when they are less than half a millisecond apart, ratios and means to 1e-9.
const TOLERANCE = { count: 0, ms: 0.5, ratio: 1e-9 };

// What differs between two answers, in words; the first few.
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

const folder = (name) => join(options.work, name);
mkdirSync(options.work, { recursive: true });
const sample = folder(`sample-${options.seed}-${options.events}-${options.days}`);
if (!existsSync(join(sample, 'truth.json')))
  execFileSync(options.pegel, ['sample', '--seed', options.seed, '--events', options.events,
    '--days', options.days, '--out', sample], { stdio: 'inherit' });
const events = join(sample, 'events.ndjson');
const truth = JSON.parse(readFileSync(join(sample, 'truth.json')));
const asOf = Date.parse(truth.as_of);
const reports = {};

const pegel = new Pegel(options.pegel, folder('pegel'), join(sample, 'config.json'));
pegel.prepare();
async function loadPegel() {
  if (options.load === 'file') return { load_s: pegel.importFile(events) };
  const client = join(dirname(options.pegel), 'benchmarks/http_load');
  const load = pegel.loadOverHttp(client, events);
  if (load.accepted !== truth.lines - truth.repeats || load.duplicate !== truth.repeats || load.rejected !== 0)
    throw new Error(`accepted ${load.accepted}, repeated ${load.duplicate}, rejected ${load.rejected} of ${truth.lines}`);
  return { load_s: load.seconds, load };
}

try {
  if (options.load === 'http') await pegel.start();
  const load = await loadPegel();
  if (options.load === 'file') await pegel.start();
  reports.pegel = { ...(await pegel.askAll(asOf, Number(options.runs))), ...load };
  reports.pegel.data = (await pegel.status()).data;
  reports.pegel.truth = await checkTruth(pegel, truth);
} finally {
  await pegel.stop();
}
// What is still in the log has not been encoded yet: a large sample has little of it.
const { stored_bytes: stored, id_index_bytes: ids, wal_bytes: log } = reports.pegel.data;
Object.assign(reports.pegel, { bytes: stored + ids + log, bytes_without_id: stored + log });
reports.pegel.version = execFileSync(options.pegel, ['--version']).toString().trim();

for (const name of ['duckdb', 'clickhouse'].filter((n) => !options.without.split(',').includes(n))) {
  const out = folder(`${name}.json`);
  execFileSync('node', [join(here, 'engine.mjs'), name, events, String(asOf), folder(name), options.runs,
    options.threads, out], { stdio: 'inherit', cwd: here });
  reports[name] = JSON.parse(readFileSync(out));
}

// ---- what came out ----
const names = Object.keys(reports);
let wrong = 0;
const say = (...cells) => console.log(`| ${cells.join(' | ')} |`);
const per = (bytes) => (bytes / truth.lines).toFixed(2);
say('', ...names.map((n) => reports[n].version));
say('---', ...names.map(() => '---:'));
say('load, s', ...names.map((n) => reports[n].load_s.toFixed(2)));
say('load, events/s', ...names.map((n) => Math.round(truth.lines / reports[n].load_s).toLocaleString('en')));
say('drop repeated ids, s', ...names.map((n) => (reports[n].dedup_s === undefined ? 'while loading' : reports[n].dedup_s.toFixed(2))));
say('bytes an event on disk, with ids', ...names.map((n) => per(reports[n].bytes)));
say('bytes an event, without ids', ...names.map((n) => per(reports[n].bytes_without_id)));
console.log(`\nPegel: ${reports.pegel.data.segments} segments with ${per(stored)} bytes an event, log ${per(log)}, ids ${per(ids)}.`);
console.log();
say('question', ...names.map((n) => `${n}, ms`), ...names.slice(1).map((n) => `${n} / pegel`), 'answers');
say('---', ...names.map(() => '---:'), ...names.slice(1).map(() => '---:'), '---');
for (const question of questions) {
  const asked = names.filter((n) => reports[n].answers[question.name] !== undefined);
  const base = reports[asked[0]].answers[question.name];
  const found = asked.slice(1).flatMap((n) => differences(question, base, reports[n].answers[question.name])
    .map((text) => `${asked[0]}/${n}: ${text}`));
  wrong += found.length > 0;
  const ms = (n) => reports[n].ms[question.name];
  say(question.name, ...names.map((n) => ms(n)?.toFixed(1) ?? '–'),
    ...names.slice(1).map((n) => (ms('pegel') ? (ms(n) / ms('pegel')).toFixed(1) : '–')),
    found.length === 0 ? `equal, ${base.length} rows` : `${found.length} DIFFER`);
  for (const text of found.slice(0, 5)) console.log(`    ${text}`);
}
const { rows: told, found: untrue } = reports.pegel.truth;
wrong += untrue.length;
console.log(`\nPegel against the truth of the sample: ${told} rows, ${untrue.length === 0 ? 'all equal' : `${untrue.length} figures DIFFER`}.`);
for (const text of untrue.slice(0, 10)) console.log(`    ${text}`);
if (options.out) {
  const figures = Object.fromEntries(names.map((n) => [n, { ...reports[n], answers: undefined }]));
  writeFileSync(options.out, JSON.stringify({ options: { ...options, pegel: undefined, work: undefined }, figures }, null, 1));
}
process.exitCode = wrong === 0 ? 0 : 1;
