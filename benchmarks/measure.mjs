// SPDX-License-Identifier: EUPL-1.2
// What the measuring scripts share: words of the command line, the machine, percentiles, and what a
// process takes while it runs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// `--name value` pairs; a default says that a name exists, and by its type how it is read.
export function parseOptions(defaults, argv = process.argv.slice(2)) {
  const options = { ...defaults };
  for (let i = 0; i < argv.length; i += 2) {
    const name = argv[i].slice(2);
    if (!argv[i].startsWith('--') || !(name in defaults) || argv[i + 1] === undefined) throw new Error(`what is ${argv[i]}?`);
    options[name] = typeof defaults[name] === 'number' ? Number(argv[i + 1]) : argv[i + 1];
    if (Number.isNaN(options[name])) throw new Error(`${argv[i]} is a number`);
  }
  return options;
}

export function machine() {
  const commit = () => execFileSync('git', ['describe', '--always', '--dirty'], { cwd: root }).toString().trim();
  const version = readFileSync('/etc/os-release', 'utf8').match(/PRETTY_NAME="(.*)"/)?.[1] ?? process.platform;
  return { date: new Date().toISOString().slice(0, 10), processor: cpus()[0].model, processors: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30), system: version, commit: commit() };
}

export function writeJson(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(value, null, 1)}\n`);
}

export const readJson = (path) => JSON.parse(readFileSync(path));

export function percentiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (p) => sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? null;
  return { n: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: sorted.at(-1) ?? null };
}

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

export function seconds(start) {
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/* ---- what a process takes, from /proc ---- */

const TICKS_A_SECOND = 100; // of /proc/PID/stat, on every Linux that we know

function proc(pid, file) {
  try {
    return readFileSync(join('/proc', String(pid), file), 'utf8');
  } catch {
    return '';
  }
}

const figure = (text, name, scale = 1) => Number(text.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))?.[1] ?? 0) * scale;

export function memoryOf(pid) {
  const status = proc(pid, 'status');
  return { anonymous: figure(status, 'RssAnon', 1024), file: figure(status, 'RssFile', 1024) };
}

export function processorSeconds(pid) {
  const fields = proc(pid, 'stat').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_A_SECOND;
}

export function writtenBytes(pid) {
  return figure(proc(pid, 'io'), 'write_bytes');
}

// By all calls that read: files, pipes and sockets.
export function readBytes(pid) {
  return figure(proc(pid, 'io'), 'rchar');
}

// Looks at a process until it is stopped: memory at its highest, processor time and written bytes since.
export class Watch {
  constructor(pid, { every_ms = 100 } = {}) {
    Object.assign(this, { pid, anonymous_max: 0, file_max: 0, began: process.hrtime.bigint() });
    this.begin = { cpu_s: processorSeconds(pid), written: writtenBytes(pid) };
    this.last = this.begin;
    this.look();
    this.timer = setInterval(() => this.look(), every_ms);
  }

  look() {
    const memory = memoryOf(this.pid);
    if (memory.anonymous === 0) return; // gone
    this.anonymous_max = Math.max(this.anonymous_max, memory.anonymous);
    this.file_max = Math.max(this.file_max, memory.file);
    this.last = { cpu_s: processorSeconds(this.pid), written: writtenBytes(this.pid) };
  }

  stop() {
    clearInterval(this.timer);
    this.look();
    const wall_s = seconds(this.began), cpu_s = this.last.cpu_s - this.begin.cpu_s;
    return { anonymous_max: this.anonymous_max, file_max: this.file_max, wall_s, cpu_s, processors_used: cpu_s / wall_s,
      written_bytes: this.last.written - this.begin.written };
  }
}
