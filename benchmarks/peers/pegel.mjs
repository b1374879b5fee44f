// SPDX-License-Identifier: EUPL-1.2
// Pegel as one of the engines: starts a server on an empty folder, loads the events over HTTP (each
// answer means: durable) or from the file, and asks over HTTP. Times are those of the client.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { questions } from './questions.mjs';

const SOURCE = 'sample';
const READY_MS = 60000;

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Pegel {
  constructor(program, folder, config) {
    Object.assign(this, { program, folder, config });
  }

  async start() {
    this.port = await freePort();
    const words = ['serve', '--data', this.folder, '--listen', `127.0.0.1:${this.port}`];
    if (this.config) words.push('--config', this.config);
    this.process = spawn(this.program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
    this.gone = new Promise((resolve) => this.process.on('exit', resolve));
    for (let waited = 0; ; waited += 100) {
      try {
        if ((await fetch(`http://127.0.0.1:${this.port}/healthz`)).ok) return;
      } catch { /* not yet */ }
      if (waited > READY_MS || this.process.exitCode !== null) throw new Error('the server does not start');
      await sleep(100);
    }
  }

  async stop() {
    if (this.process === undefined) return;
    this.process.kill('SIGTERM');
    const code = await this.gone;
    if (code !== 0) throw new Error(`the server ended with ${code}`);
  }

  prepare() {
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    this.token = execFileSync(this.program,
      ['token', 'create', '--data', this.folder, '--source', SOURCE, '--tenant', '*'],
      { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
  }

  loadOverHttp(client, events, { mode = 'ndjson', batch = 1000, connections = 4, limit } = {}) {
    const words = ['127.0.0.1', String(this.port), this.token, events, mode, String(batch), String(connections)];
    if (limit) words.push(String(limit));
    return JSON.parse(execFileSync(client, words, { maxBuffer: 1 << 24 }).toString());
  }

  importFile(events) {
    const start = process.hrtime.bigint();
    execFileSync(this.program, ['import', '--data', this.folder, events], { stdio: ['ignore', 'ignore', 'inherit'] });
    return Number(process.hrtime.bigint() - start) / 1e9;
  }

  async status() {
    return (await fetch(`http://127.0.0.1:${this.port}/v1/status`)).json();
  }

  async ask(question, asOf) {
    const { kpi, by, view, stat, tenant } = question.pegel;
    const words = new URLSearchParams({ by, as_of: new Date(asOf).toISOString() });
    if (view) words.set('view', view);
    if (stat) words.set('stat', stat);
    if (tenant) words.set('tenant', tenant);
    const start = process.hrtime.bigint();
    const response = await fetch(`http://127.0.0.1:${this.port}/v1/kpis/${kpi}?${words}`);
    const answer = await response.json();
    const ms = Number(process.hrtime.bigint() - start) / 1e6;
    if (!response.ok) throw new Error(`${question.name}: ${answer.detail}`);
    return { answer, ms };
  }

  // All questions, each RUNS times after one that warms up; the median.
  async askAll(asOf, runs) {
    const report = { engine: 'pegel', answers: {}, ms: {} };
    for (const question of questions.filter((q) => q.pegel)) {
      const times = [];
      let last;
      for (let run = 0; run <= runs; run++) {
        last = await this.ask(question, asOf);
        if (run > 0) times.push(last.ms);
      }
      times.sort((a, b) => a - b);
      report.ms[question.name] = times[times.length >> 1];
      report.answers[question.name] = rowsOf(question, last.answer.rows);
    }
    return report;
  }
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
