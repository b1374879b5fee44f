// SPDX-License-Identifier: EUPL-1.2
// Pegel as one of the engines: starts a server on a folder, loads events over HTTP (each answer means:
// durable) or from the file, and asks over HTTP. Times are those of the client.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { median, processorSeconds, seconds, sleep, Watch } from '../measure.mjs';
import { questions } from './questions.mjs';

const SOURCE = 'sample';
const READY_MS = 120000;
const IDLE_SHARE = 0.02; // of one processor: the server has nothing left to do
const IDLE_MS = 2000;
const IDLE_MS_MAX = 300000;

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

export class Pegel {
  constructor(program, folder, config) {
    Object.assign(this, { program, folder, config });
  }

  // The time until it answers is kept in open_s.
  async start({ prefix = [] } = {}) {
    this.port = await freePort();
    const words = [...prefix, this.program, 'serve', '--data', this.folder, '--listen', `127.0.0.1:${this.port}`];
    if (this.config) words.push('--config', this.config);
    const begin = process.hrtime.bigint();
    this.process = spawn(words[0], words.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] });
    this.gone = new Promise((resolve) => this.process.on('exit', resolve));
    for (;;) {
      try {
        if ((await fetch(`http://127.0.0.1:${this.port}/healthz`)).ok) break;
      } catch { /* not yet */ }
      if (seconds(begin) * 1000 > READY_MS || this.process.exitCode !== null) throw new Error('the server does not start');
      await sleep(5);
    }
    this.open_s = seconds(begin);
  }

  get pid() {
    return this.process.pid;
  }

  async stop() {
    if (this.process === undefined) return;
    this.process.kill('SIGTERM');
    const code = await this.gone;
    this.process = undefined;
    if (code !== 0) throw new Error(`the server ended with ${code}`);
  }

  prepare() {
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    this.makeToken();
  }

  makeToken() {
    this.token = execFileSync(this.program, ['token', 'create', '--data', this.folder, '--source', SOURCE, '--tenant', '*'],
      { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
  }

  // Sends a file, from a byte on, with the load client that was built beside the program; what it reports.
  async loadOverHttp(events, { mode = 'ndjson', batch = 1000, connections = 4, limit = 0, rate = 0, from = 0 } = {}) {
    const words = ['127.0.0.1', this.port, this.token, events, mode, batch, connections, limit, rate, from].map(String);
    const running = promisify(execFile)(this.client, words, { maxBuffer: 1 << 24 });
    const watch = new Watch(running.child.pid);
    try {
      const report = JSON.parse((await running).stdout);
      return { ...report, client: watch.stop() };
    } finally {
      watch.stop();
    }
  }

  get client() {
    return join(dirname(this.program), 'benchmarks/http_load');
  }

  async importFile(events) {
    const running = promisify(execFile)(this.program, ['import', '--data', this.folder, events]);
    const watch = new Watch(running.child.pid);
    try {
      await running;
      return watch.stop();
    } finally {
      watch.stop();
    }
  }

  async status() {
    return (await fetch(`http://127.0.0.1:${this.port}/v1/status`)).json();
  }

  // Waits until flushes and merges have ended.
  async settle() {
    const begin = process.hrtime.bigint();
    for (let idle = 0; idle < IDLE_MS && seconds(begin) * 1000 < IDLE_MS_MAX;) {
      const before = processorSeconds(this.pid);
      await sleep(250);
      idle = processorSeconds(this.pid) - before <= IDLE_SHARE * 0.25 ? idle + 250 : 0;
    }
    return Math.max(0, seconds(begin) - IDLE_MS / 1000);
  }

  // Merges all there is into one, where the program can; the server is not running.
  async compact() {
    const help = await promisify(execFile)(this.program, ['compact', '--help']).catch(() => null);
    if (help === null) return null;
    const running = promisify(execFile)(this.program, ['compact', '--data', this.folder]);
    const watch = new Watch(running.child.pid);
    await running.finally(() => watch.stop());
    return watch.stop();
  }

  // Bytes of the folder by kind of file: segments, ids, log, names.
  bytes() {
    const bytes = { segment: 0, ids: 0, wal: 0, names: 0 }, files = { segment: 0, ids: 0, wal: 0, names: 0 };
    for (const name of readdirSync(this.folder)) {
      const kind = name.split('-')[0];
      if (!(kind in bytes)) continue;
      bytes[kind] += statSync(join(this.folder, name)).size;
      files[kind]++;
    }
    return { ...bytes, files };
  }

  // Made anew: an answer that was kept says nothing of what it costs.
  async get(path) {
    const start = process.hrtime.bigint();
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, { headers: { 'cache-control': 'no-cache' } });
    const body = await response.text();
    const ms = seconds(start) * 1000;
    const answer = JSON.parse(body);
    if (!response.ok) throw new Error(`${path}: ${answer.detail}`);
    return { answer, ms };
  }

  // All questions, each `runs` times after one that warms up; the median.
  async askAll(asOf, runs, only = () => true) {
    const report = { answers: {}, ms: {}, failed: {} };
    for (const question of questions.filter((q) => q.pegel && only(q))) {
      const times = [];
      let last;
      try {
        for (let run = 0; run <= runs; run++) {
          last = await this.get(pathOf(question, asOf));
          if (run > 0) times.push(last.ms);
        }
      } catch (error) {
        report.failed[question.name] = String(error.message);
        console.error(`  pegel: ${question.name}: ${error.message}`);
        continue;
      }
      report.ms[question.name] = median(times);
      report.answers[question.name] = rowsOf(question, last.answer.rows);
    }
    return report;
  }
}

export function pathOf({ pegel: { kpi, leave, ...words } }, asOf) {
  return `/v1/kpis/${kpi}?${new URLSearchParams({ ...words, as_of: new Date(asOf).toISOString() })}`;
}

function rowsOf(question, rows) {
  // Rows that only say what is open or left out have no counterpart in SQL.
  const leave = question.pegel.leave ?? ((row) => row.n === 0);
  return rows.filter((row) => !leave(row)).map((row) => {
    const result = {};
    for (const key of question.keys) result[key] = row[key] ?? '';
    for (const [column, name, kind] of question.columns)
      result[column] = row[name] === null ? null : kind === 'ms' ? row[name] * 1000 : row[name];
    return result;
  });
}
