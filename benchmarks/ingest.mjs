// SPDX-License-Identifier: EUPL-1.2
// How many events a second are durable over HTTP, and how long a sender waits. ../BENCHMARKS.md.
//
// usage: node ingest.mjs [--pegel PROGRAM] [--events N] [--singles N] [--work FOLDER]
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pegel } from './peers/pegel.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const options = { pegel: join(root, 'build/release/pegel'), events: '1000000', singles: '20000', work: join(root, 'build/ingest') };
for (let i = 2; i < process.argv.length; i += 2) {
  const name = process.argv[i].slice(2);
  if (!(name in options) || process.argv[i + 1] === undefined) throw new Error(`what is ${process.argv[i]}?`);
  options[name] = process.argv[i + 1];
}

const sample = join(options.work, 'sample');
mkdirSync(options.work, { recursive: true });
execFileSync(options.pegel, ['sample', '--seed', '1', '--events', options.events, '--no-truth', '--out', sample], { stdio: 'inherit' });
const client = join(dirname(options.pegel), 'benchmarks/http_load');

const trials = [
  { name: 'NDJSON, 1,000 a request', mode: 'ndjson', batch: 1000, connections: 1 },
  { name: 'NDJSON, 1,000 a request', mode: 'ndjson', batch: 1000, connections: 4 },
  { name: 'NDJSON, 10,000 a request', mode: 'ndjson', batch: 10000, connections: 4 },
  { name: 'CloudEvents batch, 1,000 a request', mode: 'batch', batch: 1000, connections: 4 },
  { name: 'CloudEvents, one a request', mode: 'single', batch: 1, connections: 1, limit: Number(options.singles) },
  { name: 'CloudEvents, one a request', mode: 'single', batch: 1, connections: 32, limit: Number(options.singles) },
];
console.log('| way in | connections | events/s durable | p50, ms | p99, ms | slowest, ms |');
console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
for (const trial of trials) {
  const pegel = new Pegel(options.pegel, join(options.work, 'pegel'));
  pegel.prepare();
  try {
    await pegel.start();
    const r = pegel.loadOverHttp(client, join(sample, 'events.ndjson'), trial);
    if (r.rejected !== 0 || r.accepted + r.duplicate !== r.events) throw new Error(JSON.stringify(r));
    console.log(`| ${trial.name} | ${r.connections} | ${r.events_per_second.toLocaleString('en')} | ${r.p50_ms} | ${r.p99_ms} | ${r.max_ms} |`);
  } finally {
    await pegel.stop();
  }
}
