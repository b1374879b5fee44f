// SPDX-License-Identifier: EUPL-1.2
// Runs one SQL engine in a process of its own; compare.mjs calls it once a stage.
// usage: node engine.mjs load|ask duckdb|clickhouse OPTIONS.json OUT.json
//   load  reads the events, drops repeated ids (the first of each stays; they are equal), sorts; takes
//         the raw table away when the sorted one stands
//   ask   all questions: one answer that warms up, then `runs` that count
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { median } from '../measure.mjs';
import * as dialects from './dialects.mjs';
import { QUANTILES, questions } from './questions.mjs';

const [command, name, optionsFile, out] = process.argv.slice(2);
const options = JSON.parse(readFileSync(optionsFile)); // events, asOf, folder, threads, runs, orders, order, steps

const openEngine = async () => {
  const { Duckdb, Clickhouse } = name === 'duckdb' ? await import('./duckdb.mjs') : await import('./clickhouse.mjs');
  return new (Duckdb ?? Clickhouse)(options.folder, options.threads);
};

async function timed(label, action) {
  const start = process.hrtime.bigint();
  const value = await action();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  console.error(`  ${name}: ${label}: ${seconds.toFixed(1)} s`);
  return { seconds, value };
}

const peakBytes = () => process.resourceUsage().maxRSS * 1024;

async function load() {
  rmSync(options.folder, { recursive: true, force: true });
  mkdirSync(options.folder, { recursive: true });
  const engine = await openEngine();
  const report = { version: await engine.version(), processors: cpus().length, orders: {} };
  report.load_s = (await timed('load', () => engine.load(options.events))).seconds;
  report.bytes_with_ids = await engine.rawBytes();
  for (const order of options.orders) {
    const { seconds, value } = await timed(`drop repeated ids, order ${order}`, () => engine.deduplicate(order));
    const compact = await timed('compact', () => engine.compact(order));
    report.steps = value.steps;
    report.orders[order] = { dedup_s: seconds, compact_s: compact.seconds, bytes: await engine.tableBytes(order),
      columns: await engine.tableColumnBytes(order) };
  }
  await engine.dropRaw();
  await engine.close();
  return { ...report, peak_bytes: peakBytes() };
}

// Rows as objects: keys as texts, months as 2026-10, figures as numbers.
function rowsOf(question, rows) {
  return rows.map((row) => {
    const result = {};
    question.keys.forEach((key, i) => {
      const text = row[i] === null ? '' : String(row[i]);
      result[key] = key === 'month' ? text.slice(0, 7) : key === 'day' ? text.slice(0, 10) : text;
    });
    let at = question.keys.length;
    for (const [column] of question.columns) {
      if (column === 'p50') row.splice(at, 1, ...row[at].slice(0, QUANTILES.length));
      result[column] = Number(row[at++]);
    }
    return result;
  });
}

async function ask() {
  const engine = await openEngine();
  const dialect = dialects[name](options);
  await engine.open(options.order, dialect.setup);
  const report = { order: options.order, answers: {}, ms: {}, cpu_ms: {}, failed: {} };
  for (const question of questions) {
    const times = [], works = [];
    try {
      let answer;
      for (let run = 0; run <= options.runs; run++) {
        const start = process.hrtime.bigint(), before = process.cpuUsage();
        answer = await engine.ask(question.sql(dialect));
        if (run === 0) continue;
        const { user, system } = process.cpuUsage(before);
        times.push(Number(process.hrtime.bigint() - start) / 1e6);
        works.push((user + system) / 1000);
      }
      report.answers[question.name] = rowsOf(question, engine.rowsOf(answer));
    } catch (error) {
      report.failed[question.name] = String(error.message ?? error).slice(0, 500);
      console.error(`  ${name}: ${question.name}: ${report.failed[question.name]}`);
      continue;
    }
    report.ms[question.name] = median(times);
    report.cpu_ms[question.name] = median(works);
    console.error(`  ${name}: ${question.name}: ${report.ms[question.name].toFixed(1)} ms`);
  }
  await engine.close();
  return { ...report, peak_bytes: peakBytes() };
}

writeFileSync(out, JSON.stringify(await (command === 'load' ? load() : ask())));
