// SPDX-License-Identifier: EUPL-1.2
// How many events a second are durable over HTTP, and how long a sender waits. ../BENCHMARKS.md.
//
// usage: node ingest.mjs [--events N] [--singles N] [--out RESULT.json] [--pegel PROGRAM] [--work FOLDER]
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { machine, parseOptions, root, Watch, writeJson } from './measure.mjs';
import { Pegel } from './peers/pegel.mjs';
import { markdown } from './report.mjs';

const options = parseOptions({ pegel: join(root, 'build/release/pegel'), events: 1000000, singles: 20000,
  work: join(root, 'build/ingest'), out: '' });
const sample = join(options.work, 'sample');
mkdirSync(options.work, { recursive: true });
execFileSync(options.pegel, ['sample', '--seed', '1', '--events', String(options.events), '--no-truth', '--out', sample], { stdio: 'inherit' });

const trials = [
  { name: 'NDJSON, 1,000 a request', mode: 'ndjson', batch: 1000, connections: 1 },
  { name: 'NDJSON, 1,000 a request', mode: 'ndjson', batch: 1000, connections: 4 },
  { name: 'NDJSON, 1,000 a request', mode: 'ndjson', batch: 1000, connections: 32 },
  { name: 'NDJSON, 10,000 a request', mode: 'ndjson', batch: 10000, connections: 4 },
  { name: 'CloudEvents batch, 1,000 a request', mode: 'batch', batch: 1000, connections: 4 },
  { name: 'CloudEvents, one a request', mode: 'single', batch: 1, connections: 1, limit: options.singles },
  { name: 'CloudEvents, one a request', mode: 'single', batch: 1, connections: 32, limit: options.singles },
];
const result = { kind: 'ingest', machine: machine(), command: `node benchmarks/ingest.mjs --events ${options.events}`, trials: [] };
for (const trial of trials) {
  const pegel = new Pegel(options.pegel, join(options.work, 'pegel'));
  pegel.prepare();
  try {
    await pegel.start();
    const watch = new Watch(pegel.pid);
    const load = await pegel.loadOverHttp(join(sample, 'events.ndjson'), trial);
    if (load.rejected !== 0 || load.accepted + load.duplicate !== load.events) throw new Error(JSON.stringify(load));
    result.trials.push({ name: trial.name, ...load, server: watch.stop() });
    console.error(`  ${trial.name}, ${trial.connections} connections: ${load.events_per_second} events/s`);
  } finally {
    await pegel.stop();
  }
}
console.log(markdown(result));
if (options.out) writeJson(options.out, result);
