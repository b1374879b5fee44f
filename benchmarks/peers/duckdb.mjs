// SPDX-License-Identifier: EUPL-1.2
// DuckDB as one of the engines: how the events get in and lie there. dialects.mjs has its SQL.
import { rmSync, statSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const ORDERS = { journey: 'purpose, tenant, subject, time', type: 'tenant, type, time', purpose: 'purpose, type, tenant, time' };
const MEMORY = '12GB'; // beyond it sorting spills
const TEXTS = ['type', 'tenant', 'service', 'office', 'channel', 'step', 'field', 'code', 'country', 'lang', 'device'];
const PURPOSES = ['', 'visit', 'attempt', 'case', 'appointment'];
const COLUMNS = `{id:'UUID',time:'TIMESTAMP_MS',type:'VARCHAR',subject:'VARCHAR',tenant:'VARCHAR',service:'VARCHAR',
  office:'VARCHAR',channel:'VARCHAR',step:'VARCHAR',field:'VARCHAR',code:'VARCHAR',start:'TIMESTAMP_MS',link:'VARCHAR',
  country:'VARCHAR',lang:'VARCHAR',device:'VARCHAR',value:'DOUBLE',minutes:'FLOAT',recorded:'TIMESTAMP_MS'}`;

export class Duckdb {
  constructor(folder, threads) {
    Object.assign(this, { folder, threads });
  }

  async connect() {
    if (this.connection) return;
    const instance = await DuckDBInstance.create(':memory:', { threads: String(this.threads), memory_limit: MEMORY });
    this.connection = await instance.connect();
    await this.connection.run(`SET temp_directory = '${this.folder}/spill'; SET preserve_insertion_order = false`);
  }

  async rows(sql) {
    return (await this.connection.runAndReadAll(sql)).getRowsJson();
  }

  async version() {
    await this.connect();
    return `DuckDB ${(await this.rows('SELECT version()'))[0][0].slice(1)}`;
  }

  file(name) {
    return `${this.folder}/${name}.duckdb`;
  }

  async load(events) {
    await this.connect();
    await this.connection.run(`ATTACH '${this.file('raw')}' AS source; CREATE TABLE source.raw AS
      SELECT * FROM read_json('${events}', format = 'newline_delimited', columns = ${COLUMNS}); CHECKPOINT source`);
  }

  rawBytes() {
    return statSync(this.file('raw')).size;
  }

  async makeEnums(database) {
    for (const text of TEXTS)
      await this.connection.run(`CREATE TYPE ${database}.${text}_name AS ENUM (SELECT DISTINCT ${text} FROM source.raw
        WHERE ${text} IS NOT NULL ORDER BY 1)`);
    await this.connection.run(`CREATE TYPE ${database}.purpose_name AS ENUM (${PURPOSES.map((p) => `'${p}'`).join(',')})`);
  }

  // Of repeated ids the first row stays; the sorted table is in a file of its own.
  async deduplicate(order) {
    const name = `event_${order}`;
    await this.connection.run(`CREATE TEMP TABLE IF NOT EXISTS repeated AS SELECT id, min(rowid) AS first_row FROM source.raw
      GROUP BY id HAVING count(*) > 1; ATTACH '${this.file(name)}' AS ${name}`);
    await this.makeEnums(name);
    const hash = (text) => `CASE WHEN ${text} IS NOT NULL THEN hash(${text}) END AS ${text}`;
    await this.connection.run(`CREATE TABLE ${name}.event AS SELECT time, ${hash('subject')}, ${hash('link')}, start, recorded,
        value, minutes, ${TEXTS.map((text) => `${text}::${name}.${text}_name AS ${text}`).join(', ')},
        (CASE WHEN type LIKE 'form.%' THEN 'attempt' WHEN type LIKE 'case.%' THEN 'case'
          WHEN type LIKE 'appointment.%' THEN 'appointment' WHEN subject IS NULL THEN '' ELSE 'visit' END)::${name}.purpose_name AS purpose
      FROM source.raw WHERE id NOT IN (SELECT id FROM repeated) OR rowid IN (SELECT first_row FROM repeated)
      ORDER BY ${ORDERS[order]}; CHECKPOINT ${name}`);
    const steps = await this.rows(`SELECT unnest(enum_range(NULL::${name}.step_name))`);
    await this.connection.run(`DETACH ${name}`);
    return { steps: steps.flat() };
  }

  compact() {} // written in one piece

  tableBytes(order) {
    return statSync(this.file(`event_${order}`)).size;
  }

  tableColumnBytes() {
    return undefined;
  }

  async dropRaw() {
    await this.connection.run('DETACH source; DROP TABLE repeated');
    rmSync(this.file('raw'));
  }

  async open(order, setup) {
    await this.connect();
    await this.connection.run(`ATTACH '${this.file(`event_${order}`)}' AS bench (READ_ONLY); USE bench`);
    for (const sql of setup) await this.connection.run(sql);
  }

  // The answer as chunks of columns; rowsOf makes values of it, outside of what is timed.
  ask(sql) {
    return this.connection.runAndReadAll(sql);
  }

  rowsOf(answer) {
    return answer.getRowsJson();
  }

  close() {
    this.connection?.closeSync();
  }
}
