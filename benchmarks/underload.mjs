// SPDX-License-Identifier: EUPL-1.2
// How long an answer takes while events come in: one sender keeps to a rate, and dashboards that are open
// ask again and again, spread evenly, each the questions of its page (page.mjs) over six connections, as a
// browser does. What an answer costs that nobody has asked for before is reported apart: each dashboard is
// opened once, one after the other, while the events come in already. ../BENCHMARKS.md.
//
// What comes in goes on where the stored events end: the last lines of a sample arrive, those before
// them are stored, so many a journey has events on both sides.
//
// usage: node underload.mjs [--sample FOLDER | --events N | --store FOLDER] [--rate N] [--seconds N] [--opening N]
//                           [--dashboards N] [--every SECONDS] [--cpus LIST] [--out RESULT.json]
//   --sample  of `pegel sample --out`; default: one of --events and those that will arrive
//   --opening how many seconds of events there are for opening the dashboards; when they take longer, it fails
//   --store   works on a copy of this store; what arrives are then journeys of their own
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, cpSync, existsSync, fstatSync, mkdirSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { machine, parseOptions, percentiles, readJson, root, seconds, sleep, Watch, writeJson } from './measure.mjs';
import { questionsOfPage } from './page.mjs';
import { Pegel } from './peers/pegel.mjs';
import { markdown } from './report.mjs';

const CONNECTIONS_A_BROWSER = 6;
const ARRIVING_DAYS = 20; // of journeys of their own, after what is stored
const CHUNK_BYTES = 1 << 24;
const options = parseOptions({ store: '', sample: '', events: 2000000, days: 730, rate: 200000, seconds: 60, opening: 30, warm: 5, dashboards: 20, every: 30,
  batch: 1000, connections: 4, cpus: '', work: join(root, 'build/underload'), pegel: join(root, 'build/release/pegel'), out: '' });
const folder = (name) => join(options.work, name);
mkdirSync(options.work, { recursive: true });

function makeSample(name, ...words) {
  if (existsSync(join(folder(name), 'config.json'))) return folder(name); // written after the events
  execFileSync(options.pegel, ['sample', '--no-truth', '--out', folder(name), ...words.map(String)], { stdio: 'inherit' });
  return folder(name);
}

function storeGiven() {
  const sample = makeSample(`arriving-${coming}`, '--seed', 2, '--events', coming, '--days', ARRIVING_DAYS, '--end', '2026-11-21');
  return { config: join(sample, 'config.json'), arriving: join(sample, 'events.ndjson'), from: 0 };
}

// Where the last lines of a file begin.
function beginOfLast(path, lines) {
  const file = openSync(path), chunk = Buffer.alloc(CHUNK_BYTES);
  let at = fstatSync(file).size, found = -1; // the newline at the end belongs to the last line
  while (at > 0) {
    const size = Math.min(at, CHUNK_BYTES);
    at -= size;
    readSync(file, chunk, 0, size, at);
    for (let end = chunk.lastIndexOf(10, size - 1); end >= 0; end = end > 0 ? chunk.lastIndexOf(10, end - 1) : -1)
      if (++found === lines) {
        closeSync(file);
        return at + end + 1;
      }
  }
  throw new Error(`${path} has no ${lines} lines`);
}

async function storeOfSample() {
  const sample = options.sample || makeSample(`sample-${options.events}-${coming}`, '--events', options.events + coming, '--days', options.days);
  const events = join(sample, 'events.ndjson'), from = beginOfLast(events, coming), words = { sample, coming, program: statSync(options.pegel).mtimeMs };
  if (!existsSync(folder('stored.json')) || JSON.stringify(readJson(folder('stored.json'))) !== JSON.stringify(words)) {
    rmSync(folder('stored'), { recursive: true, force: true });
    const before = spawn('head', ['-c', String(from), events], { stdio: ['ignore', 'pipe', 'inherit'] });
    const importing = spawn(options.pegel, ['import', '--data', folder('stored'), '-'], { stdio: [before.stdout, 'ignore', 'inherit'] });
    before.stdout.destroy(); // its end here: the two talk to each other
    const code = await new Promise((resolve) => importing.on('exit', resolve));
    if (code !== 0) throw new Error(`the import ended with ${code}`);
    await new Pegel(options.pegel, folder('stored')).compact();
    writeJson(folder('stored.json'), words);
  }
  return { config: join(sample, 'config.json'), arriving: events, from };
}

// Views as people choose them: every place, mostly the last month, some quarters and years, some services.
function viewOf(index, { tenants, services }) {
  const tenant = tenants[index % tenants.length];
  const own = services.filter((service) => service.tenant === tenant.key);
  const months = [1, 1, 3, 1, 12][index % 5], last = 2026 * 12 + 9; // October 2026, where the sample ends
  const service = index % 4 === 3 ? own[index % own.length].key : '', first = new Date(tenant.first);
  return { tenant: tenant.key, months, start: months === 12 ? 2025 * 12 : last + 1 - months, service, form: service || own[0].key,
    whole: first.getUTCFullYear() * 12 + first.getUTCMonth() + 1, hasAssumptions: tenant.assumptions, lang: index % 2 === 0 ? 'de' : 'en' };
}

class Dashboard {
  constructor(port, view, notes) {
    this.paths = questionsOfPage(view);
    Object.assign(this, { port, notes, agent: new Agent({ keepAlive: true, maxSockets: CONNECTIONS_A_BROWSER }) });
  }

  ask(path) {
    return new Promise((resolve) => {
      const begin = process.hrtime.bigint();
      const done = (status, age) => {
        this.notes.push({ path, ms: seconds(begin) * 1000, status, age });
        resolve();
      };
      get({ host: '127.0.0.1', port: this.port, path, agent: this.agent }, (response) => {
        response.on('end', () => done(response.statusCode, response.headers.age)).resume();
      }).on('error', () => done(0));
    });
  }

  // Six at a time: what a browser lets wait is not the server's to answer for.
  async refresh() {
    const begin = process.hrtime.bigint(), waiting = [...this.paths];
    const browse = async () => {
      for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) await this.ask(path);
    };
    await Promise.all(Array.from({ length: CONNECTIONS_A_BROWSER }, browse));
    return seconds(begin) * 1000;
  }

  async run(offset_ms, until) {
    const pages = [];
    let late = 0;
    const begin = Date.now() + offset_ms;
    for (let turn = 0, due = begin; due < until; due = begin + ++turn * options.every * 1000) {
      if (due > Date.now()) await sleep(due - Date.now());
      else if (turn > 0) late++;
      pages.push(await this.refresh());
    }
    this.agent.destroy();
    return { pages, late };
  }
}

/* ---- the whole ---- */

const coming = Math.max(1000, options.rate * (options.warm + options.opening + options.seconds));
const { config, arriving, from } = options.store ? storeGiven() : await storeOfSample();
const pegel = new Pegel(options.pegel, folder('pegel'), config);
rmSync(pegel.folder, { recursive: true, force: true });
cpSync(options.store || folder('stored'), pegel.folder, { recursive: true, mode: 2 /* shared blocks where the disk can */ });
pegel.makeToken();
await pegel.start({ prefix: options.cpus ? ['taskset', '-c', options.cpus] : [] });
try {
  const stored = (await pegel.status()).data.events;
  const dimensions = (await pegel.get('/v1/dimensions')).answer;
  const notes = [], segments = [];
  const dashboards = Array.from({ length: options.dashboards }, (_, i) => new Dashboard(pegel.port, viewOf(i, dimensions), notes));
  const looking = setInterval(async () => segments.push((await pegel.status()).data.segments), 1000);
  const sending = options.rate > 0 ? pegel.loadOverHttp(arriving, { batch: options.batch,
    connections: options.connections, rate: options.rate, limit: coming, from }) : Promise.resolve(null);
  await sleep(options.warm * 1000);
  const openings = [];
  for (const dashboard of dashboards) openings.push(await dashboard.refresh());
  const opening = notes.splice(0), refreshed = [(await pegel.status()).data.events];

  const watch = new Watch(pegel.pid), self = process.cpuUsage(), begin = process.hrtime.bigint();
  const until = Date.now() + options.seconds * 1000;
  const runs = await Promise.all(dashboards.map((dashboard, i) => dashboard.run((i * options.every * 1000) / options.dashboards, until)));
  const questions_s = seconds(begin), server = watch.stop(), used = process.cpuUsage(self);
  refreshed.push((await pegel.status()).data.events);
  const ended = await Promise.race([sending, sleep(0)]);
  if (options.rate > 0 && ended) throw new Error('the events were in before the last questions: --opening must be longer');
  const sender = await sending;
  clearInterval(looking);

  const isOfKpi = ({ path }) => path.startsWith('/v1/kpis/'), msOf = (some) => percentiles(some.map(({ ms }) => ms));
  const isGood = ({ status }) => status === 200, good = notes.filter(isGood), kpis = good.filter(isOfKpi);
  const kindOf = (path) => path.split('?')[0].replace('/v1/kpis/', '').replace('/v1/', '');
  const by_kpi = {};
  for (const kind of [...new Set(good.map(({ path }) => kindOf(path)))].sort())
    by_kpi[kind] = msOf(good.filter(({ path }) => kindOf(path) === kind));
  const aged = kpis.filter(({ age }) => age !== undefined);
  const slowest = [...kpis].sort((a, b) => b.ms - a.ms).slice(0, 10);
  const { store: _, sample: _____, work: __, pegel: ___, out: ____, ...wanted } = options;
  const result = { kind: 'underload', machine: machine(), options: wanted, stored_before: stored, stored_while_refreshed: refreshed,
    command: `node benchmarks/underload.mjs --rate ${options.rate} --seconds ${options.seconds} --opening ${options.opening} --dashboards ${options.dashboards} --every ${options.every}`,
    opening: { all: msOf(opening.filter(isGood).filter(isOfKpi)), pages: percentiles(openings) },
    questions: { all: msOf(kpis), by_kpi, pages: percentiles(runs.flatMap(({ pages }) => pages)), slowest,
      kept_share: aged.length / kpis.length, age_s: percentiles(aged.map(({ age }) => Number(age))),
      late: runs.reduce((sum, { late }) => sum + late, 0), failed: [...opening, ...notes].filter((note) => !isGood(note)).length },
    sender: sender && { ...sender, ms: { n: Math.ceil(sender.events / sender.events_a_request), p50: sender.p50_ms, p90: sender.p90_ms,
      p99: sender.p99_ms, max: sender.max_ms } },
    server, client: { processors_used: (used.user + used.system) / 1e6 / questions_s },
    segments: { least: Math.min(...segments), most: Math.max(...segments), last: segments.at(-1), each_second: segments } };
  console.log(markdown(result));
  if (options.out) writeJson(options.out, result);
  process.exitCode = result.questions.failed === 0 ? 0 : 1;
} finally {
  await pegel.stop();
}
