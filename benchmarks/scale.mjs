// SPDX-License-Identifier: EUPL-1.2
// What an event costs to take in and a journey to ask, at several sizes of the store. ../BENCHMARKS.md.
// Events never lie in a file: `pegel sample` writes into a pipe, which takes part of the two processors.
//
// usage: node scale.mjs [--sizes N,N,…] [--way import|http] [--resume RESULT.json] [--out RESULT.json] [--work FOLDER]
// Results of sizes that --resume has already are kept; the largest sizes can so be added by hand.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { machine, median, parseOptions, readBytes, readJson, root, seconds, Watch, writeJson } from './measure.mjs';
import { pathOf, Pegel } from './peers/pegel.mjs';
import { questions } from './peers/questions.mjs';
import { markdown } from './report.mjs';

const ASKED = ['processing time by service', 'funnel by service', 'waiting time by office'];
const AS_OF = Date.parse('2026-10-31T23:00:00Z'); // the end of the sample, in its zone
const POLL_MS = 100;
const LINE_BYTES = 230; // of the sample, about; only for the course of an import
const options = parseOptions({ sizes: '1000000,10000000', way: 'import', days: 730, seed: 1, runs: 5, keep: 'no', resume: '', out: '',
  work: join(root, 'build/scale'), pegel: join(root, 'build/release/pegel') });

const sampleWords = (size) => ['sample', '--seed', options.seed, '--events', size, '--days', options.days].map(String);
const exit = (process_) => new Promise((resolve, reject) => process_.on('error', reject).on('exit', (code) =>
  (code === 0 ? resolve() : reject(new Error(`${process_.spawnfile} ended with ${code}`)))));

// Starts `pegel sample | consumer`; the consumer's process and when both have ended.
function pipe(size, program, words) {
  const sample = spawn(options.pegel, [...sampleWords(size), '--stdout'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const consumer = spawn(program, words, { stdio: [sample.stdout, 'ignore', 'inherit'] });
  sample.stdout.destroy(); // its end here: the two talk to each other
  return { consumer, sample, ended: Promise.all([exit(sample), exit(consumer)]) };
}

// Twentieths of the whole: when each was reached, from how many events had been taken in at each look.
function ratesOf(looks, size) {
  const rates = [];
  let from = { s: 0, events: 0 };
  for (const look of looks)
    if (look.events - from.events >= size / 20 || look === looks.at(-1)) {
      if (look.s > from.s && look.events > from.events) rates.push((look.events - from.events) / (look.s - from.s));
      from = look;
    }
  return rates;
}

async function takeIn(pegel, size) {
  const looks = [], begin = process.hrtime.bigint();
  if (options.way === 'http') await pegel.start();
  const words = options.way === 'http' ? ['127.0.0.1', pegel.port, pegel.token, '-', 'ndjson', 1000, 4].map(String)
    : ['import', '--data', pegel.folder, '-'];
  const { consumer, ended } = pipe(size, options.way === 'http' ? pegel.client : options.pegel, words);
  const watch = new Watch(options.way === 'http' ? pegel.pid : consumer.pid);
  const look = setInterval(async () => {
    const s = seconds(begin);
    if (options.way === 'http') looks.push({ s, events: (await pegel.status()).data.events });
    else looks.push({ s, events: readBytes(consumer.pid) / LINE_BYTES });
  }, POLL_MS);
  await ended;
  clearInterval(look);
  const wall_s = seconds(begin);
  const settle_s = options.way === 'http' ? await pegel.settle() : 0;
  const server = watch.stop();
  await pegel.stop();
  return { wall_s, settle_s, server, rates: ratesOf(looks, size) };
}

async function askWith(pegel, cpus, journeys) {
  await pegel.start({ prefix: cpus ? ['taskset', '-c', cpus] : [] });
  const answers = {};
  try {
    for (const name of ASKED) {
      const path = pathOf(questions.find((question) => question.name === name), AS_OF), times = [];
      for (let run = 0; run <= options.runs; run++) times.push((await pegel.get(path)).ms);
      const ms = median(times.slice(1));
      answers[name] = { ms, ns_a_journey: (ms * 1e6) / journeys };
    }
    return { answers, open_s: pegel.open_s, asked_data: (await pegel.status()).data };
  } finally {
    await pegel.stop();
  }
}

async function journeysOf(pegel) {
  await pegel.start();
  const { answer } = await pegel.get(`/v1/kpis/inventory?by=tenant&as_of=${new Date(AS_OF).toISOString()}`);
  await pegel.stop();
  return answer.rows.reduce((sum, row) => sum + row.n, 0);
}

async function measure(size) {
  console.error(`-- ${size.toLocaleString('en')} events`);
  const pegel = new Pegel(options.pegel, join(options.work, `store-${size}`));
  pegel.prepare();
  const load = await takeIn(pegel, size);
  console.error(`   taken in: ${load.wall_s.toFixed(1)} s, ${Math.round(size / load.wall_s).toLocaleString('en')} events/s`);
  const compact = await pegel.compact();
  const bytes = pegel.bytes(), kept = bytes.segment + bytes.ids + bytes.wal + bytes.names;
  const written = load.server.written_bytes + (compact?.written_bytes ?? 0);
  const journeys = await journeysOf(pegel);
  const one = await askWith(pegel, '0', journeys), two = await askWith(pegel, '', journeys);
  const asked = Object.fromEntries(ASKED.map((name) => [name, { one: one.answers[name], two: two.answers[name] }]));
  if (options.keep === 'no') rmSync(pegel.folder, { recursive: true, force: true });
  return { events: size, way: options.way, journeys, seconds: load.wall_s, settle_s: load.settle_s, events_per_second: size / load.wall_s,
    rates: load.rates, rate_least: Math.min(...load.rates), rate_most: Math.max(...load.rates), server: load.server, compact, bytes,
    bytes_an_event: { segments: bytes.segment / size, ids: bytes.ids / size }, written_bytes: written, write_amplification: written / kept,
    write_amplification_loaded: load.server.written_bytes / kept, open_s: two.open_s, questions: asked };
}

mkdirSync(options.work, { recursive: true });
const known = options.resume && existsSync(options.resume) ? readJson(options.resume).sizes : [];
const result = { kind: 'scale', machine: machine(), command: `node benchmarks/scale.mjs --sizes ${options.sizes} --way ${options.way}`, sizes: [...known] };
for (const size of options.sizes.split(',').map(Number)) {
  if (known.some((s) => s.events === size && s.way === options.way)) continue;
  result.sizes.push(await measure(size));
  result.sizes.sort((a, b) => a.events - b.events);
  if (options.out) writeJson(options.out, result);
}
console.log(markdown(result));
