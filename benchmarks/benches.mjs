// SPDX-License-Identifier: EUPL-1.2
// Runs all kernels' benchmarks in earnest, one after the other, and keeps what they print. With a store,
// its segments are read column by column as well.
//
// usage: node benches.mjs [--store FOLDER] [--out RESULT.json] [--build FOLDER]
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { machine, parseOptions, root, writeJson } from './measure.mjs';
import { markdown } from './report.mjs';

const options = parseOptions({ build: join(root, 'build/release/benchmarks'), store: '', out: '' });
const env = { ...process.env, BENCH_FULL: '1' };
const run = (name, ...words) => execFileSync(join(options.build, name), words, { env, maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'inherit'] }).toString();

// bench_report (bench.c) and report_line (segment_bench.c) print these.
const KERNEL = /^(\S.*?) +([\d.]+) M\/s +([\d.]+) GB\/s +(\d+) items/;
const COLUMN = /^(\S+) +(\S+) +([\d.]+) B an event +([\d.]+) B a row, entropy +([\d.]+) +([\d.]+) ns a row(?: +([\d.]+)% present, by (\w+): (.*))?$/;

const result = { kind: 'benches', machine: machine(), command: 'node benchmarks/benches.mjs --store FOLDER', kernels: [], columns: [] };
for (const name of readdirSync(options.build).filter((file) => /^\w+_bench$/.test(file) && file !== 'segment_bench').sort()) {
  console.error(`-- ${name}`);
  for (const [, kernel, items, bytes] of run(name).split('\n').map((line) => line.match(KERNEL)).filter(Boolean))
    result.kernels.push({ bench: name, kernel, millions_a_second: Number(items), gigabytes_a_second: Number(bytes) });
}
if (options.store) {
  console.error('-- segment_bench');
  const segments = readdirSync(options.store).filter((file) => file.startsWith('segment-')).map((file) => join(options.store, file));
  for (const [, frame, column, event, row, entropy, ns, present, model, schemes] of run('segment_bench', ...segments).split('\n')
    .map((line) => line.match(COLUMN)).filter(Boolean))
    result.columns.push({ frame, column, bytes_an_event: Number(event), bytes_a_row: Number(row), entropy_bytes_a_row: Number(entropy),
      ns_a_row: Number(ns), present: present === undefined ? null : Number(present) / 100, model, schemes });
}
console.log(markdown(result));
if (options.out) writeJson(options.out, result);
