// SPDX-License-Identifier: EUPL-1.2
// Runs one SQL engine in a process of its own: loads the events, drops repeated ids (the first of
// each stays; they are equal), answers all questions, and writes answers and times as JSON.
// usage: node engine.mjs duckdb|clickhouse EVENTS.ndjson AS_OF_MS FOLDER RUNS THREADS OUT.json
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import * as dialects from './dialects.mjs';
import { QUANTILES, questions } from './questions.mjs';

const [name, events, asOf, folder, runs, threads, out] = process.argv.slice(2);
const dialect = dialects[name](Number(asOf));

const seconds = (start) => Number(process.hrtime.bigint() - start) / 1e9;

async function openDuckdb() {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const file = `${folder}/events.duckdb`;
  const instance = await DuckDBInstance.create(file, { threads });
  const connection = await instance.connect();
  const columns = `{id:'VARCHAR',time:'TIMESTAMP',type:'VARCHAR',subject:'VARCHAR',tenant:'VARCHAR',service:'VARCHAR',
    office:'VARCHAR',channel:'VARCHAR',step:'VARCHAR',field:'VARCHAR',code:'VARCHAR',start:'TIMESTAMP',link:'VARCHAR',
    country:'VARCHAR',lang:'VARCHAR',device:'VARCHAR',value:'DOUBLE',minutes:'FLOAT',recorded:'TIMESTAMP'}`;
  return {
    version: async () => (await connection.runAndReadAll('SELECT version()')).getRows()[0][0],
    load: () => connection.run(`CREATE TABLE raw AS SELECT * FROM read_json('${events}', format = 'newline_delimited', columns = ${columns});
      CHECKPOINT`),
    bytes: () => statSync(file).size,
    // The table that is asked has no id, and lies in the order that serves these questions.
    dedup: () => connection.run(`CREATE TABLE event AS SELECT * EXCLUDE (id) FROM
      raw WHERE rowid IN (SELECT min(rowid) FROM raw GROUP BY id) ORDER BY tenant, type, time; CHECKPOINT`),
    bytesDeduplicated: async () => {
      await connection.run(`ATTACH '${folder}/copy.duckdb' AS copy; CREATE TABLE copy.event AS SELECT * FROM event;
        CHECKPOINT copy; DETACH copy`);
      return statSync(`${folder}/copy.duckdb`).size;
    },
    run: (sql) => connection.run(sql),
    ask: async (sql) => (await connection.runAndReadAll(sql)).getRowsJson(),
    close: () => connection.closeSync(),
  };
}

async function openClickhouse() {
  const { Session } = await import('chdb');
  const session = new Session(`${folder}/clickhouse`);
  const settings = `SETTINGS max_threads = ${threads}`;
  const low = 'LowCardinality(String) CODEC(ZSTD(1))';
  const columns = (id) => `${id}time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)), type ${low}, subject String CODEC(ZSTD(1)),
    tenant ${low}, service ${low}, office ${low}, channel ${low}, step ${low}, field ${low}, code ${low},
    start DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)), link String CODEC(ZSTD(1)), country ${low}, lang ${low}, device ${low},
    value Float64 CODEC(ZSTD(1)), minutes Float32 CODEC(ZSTD(1)), recorded DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1))`;
  const plain = `id String, time DateTime64(3, 'UTC'), type String, subject String, tenant String, service String,
    office String, channel String, step String, field String, code String, start DateTime64(3, 'UTC'), link String,
    country String, lang String, device String, value Float64, minutes Float32, recorded DateTime64(3, 'UTC')`;
  const table = (name_, id) => session.query(`CREATE TABLE bench.${name_} (${columns(id)}) ENGINE = MergeTree ORDER BY (tenant, type, time)`);
  const bytes = (name_) => Number(JSON.parse(session.query(`SELECT sum(bytes_on_disk) FROM system.parts
    WHERE active AND database = 'bench' AND table = '${name_}' FORMAT JSONCompact`)).data[0][0]);
  session.query('CREATE DATABASE bench ENGINE = Atomic');
  return {
    version: () => JSON.parse(session.query('SELECT version() FORMAT JSONCompact')).data[0][0],
    load: () => {
      table('raw', 'id String CODEC(ZSTD(1)), ');
      session.query(`INSERT INTO bench.raw SELECT * FROM file('${events}', 'JSONEachRow', $$${plain}$$)
        ${settings}, date_time_input_format = 'best_effort', max_insert_threads = ${threads}`);
    },
    bytes: () => bytes('raw'),
    dedup: () => {
      table('event', '');
      session.query(`INSERT INTO bench.event SELECT * EXCEPT (id) FROM (SELECT * FROM bench.raw LIMIT 1 BY id) ${settings}`);
      session.query('OPTIMIZE TABLE bench.event FINAL');
      session.query('USE bench');
    },
    bytesDeduplicated: () => bytes('event'),
    run: (sql) => session.query(sql),
    ask: (sql) => JSON.parse(session.query(`${sql} ${settings} FORMAT JSONCompact`)).data,
    close: () => session.close(),
  };
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

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const engine = await (name === 'duckdb' ? openDuckdb() : openClickhouse());
const report = { engine: name, version: await engine.version(), answers: {}, ms: {} };
let start = process.hrtime.bigint();
await engine.load();
report.load_s = seconds(start);
report.bytes = await engine.bytes();
start = process.hrtime.bigint();
await engine.dedup();
report.dedup_s = seconds(start);
report.bytes_without_id = await engine.bytesDeduplicated();
for (const sql of dialect.setup) await engine.run(sql);
for (const question of questions) {
  const sql = question.sql(dialect), times = [];
  let rows;
  for (let run = 0; run <= Number(runs); run++) {
    start = process.hrtime.bigint();
    rows = await engine.ask(sql);
    if (run > 0) times.push(seconds(start) * 1000); // the first one warms up
  }
  times.sort((a, b) => a - b);
  report.ms[question.name] = times[times.length >> 1];
  report.answers[question.name] = rowsOf(question, rows);
}
await engine.close();
writeFileSync(out, JSON.stringify(report));
