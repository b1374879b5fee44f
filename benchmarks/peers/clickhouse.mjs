// SPDX-License-Identifier: EUPL-1.2
// ClickHouse (chdb) as one of the engines: how the events get in and lie there. dialects.mjs has its SQL.
import { Session } from 'chdb';

const ORDERS = { journey: '(purpose, tenant, subject, time)', type: '(tenant, type, time)', purpose: '(purpose, type, tenant, time)' };
const PURPOSES = ['', 'visit', 'attempt', 'case', 'appointment'];
const LOW = 'LowCardinality(String)';
const MOMENT = "DateTime64(3, 'UTC')";
const TEXTS = ['tenant', 'service', 'office', 'channel', 'field', 'code', 'country', 'lang', 'device'];
const COLUMNS = `id UUID, time ${MOMENT}, type ${LOW}, subject String, tenant ${LOW}, service ${LOW}, office ${LOW},
  channel ${LOW}, step ${LOW}, field ${LOW}, code ${LOW}, start ${MOMENT}, link String, country ${LOW}, lang ${LOW},
  device ${LOW}, value Float64, minutes Float32, recorded ${MOMENT}`;

const enumOf = (names, first) => `Enum8(${names.map((name, i) => `'${name}' = ${i + first}`).join(',')})`;

export class Clickhouse {
  constructor(folder, threads) {
    this.threads = threads;
    this.session = new Session(`${folder}/clickhouse`);
    this.session.query('CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic');
  }

  rows(sql) {
    return JSON.parse(this.session.query(`${sql} FORMAT JSONCompact`)).data;
  }

  version() {
    return `ClickHouse ${this.rows('SELECT version()')[0][0]}`;
  }

  bytes(table) {
    return Number(this.rows(`SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'bench' AND table = '${table}'`)[0][0]);
  }

  columnBytes(table) {
    return Object.fromEntries(this.rows(`SELECT name, data_compressed_bytes FROM system.columns WHERE database = 'bench'
      AND table = '${table}' ORDER BY data_compressed_bytes DESC`).map(([name, bytes]) => [name, Number(bytes)]));
  }

  createTable(name, order, id, type, step) {
    const moment = `${MOMENT} CODEC(Delta(8), ZSTD(3))`;
    this.session.query(`CREATE TABLE bench.${name} (${id} time ${moment}, purpose ${enumOf(PURPOSES, 0)} CODEC(ZSTD(1)),
      type ${type} CODEC(ZSTD(1)), step ${step} CODEC(ZSTD(1)), subject UInt64 CODEC(ZSTD(1)), link UInt64 CODEC(ZSTD(1)),
      ${TEXTS.map((text) => `${text} ${LOW} CODEC(ZSTD(1))`).join(', ')}, start ${moment}, recorded ${moment},
      value Float64 CODEC(ZSTD(1)), minutes Float32 CODEC(ZSTD(1))) ENGINE = MergeTree ORDER BY ${order}`);
  }

  load(events) {
    this.createTable('raw', ORDERS.type, 'id UUID CODEC(ZSTD(1)),', LOW, LOW);
    this.session.query(`INSERT INTO bench.raw (id, time, purpose, type, step, subject, link, ${TEXTS.join(', ')}, start, recorded,
        value, minutes) SELECT id, time, multiIf(type LIKE 'form.%', 'attempt', type LIKE 'case.%', 'case',
        type LIKE 'appointment.%', 'appointment', subject = '', '', 'visit'), type, step, if(subject = '', 0, sipHash64(subject)),
        if(link = '', 0, sipHash64(link)), ${TEXTS.join(', ')}, start, recorded, value, minutes
      FROM file('${events}', 'JSONEachRow', $$${COLUMNS}$$)
      SETTINGS max_threads = ${this.threads}, max_insert_threads = ${this.threads}, date_time_input_format = 'best_effort'`);
  }

  rawBytes() {
    return this.bytes('raw');
  }

  // Rows of ids that came once go over as they are; of the few others, one row each.
  deduplicate(order) {
    const names = (column) => this.rows(`SELECT DISTINCT ${column} FROM bench.raw WHERE ${column} <> '' ORDER BY ${column}`).flat();
    this.session.query(`CREATE TABLE IF NOT EXISTS bench.repeated ENGINE = MergeTree ORDER BY id AS
      SELECT id FROM bench.raw GROUP BY id HAVING count() > 1 SETTINGS max_threads = ${this.threads}`);
    const types = names('type'), steps = names('step');
    this.createTable(`event_${order}`, ORDERS[order], '', enumOf(types, 1), enumOf(['', ...steps], 0));
    this.session.query(`INSERT INTO bench.event_${order} SELECT * EXCEPT (id) FROM bench.raw WHERE id NOT IN bench.repeated
      UNION ALL SELECT * EXCEPT (id) FROM (SELECT * FROM bench.raw WHERE id IN bench.repeated LIMIT 1 BY id)
      SETTINGS max_threads = ${this.threads}`);
    return { steps };
  }

  compact(order) {
    this.session.query(`OPTIMIZE TABLE bench.event_${order} FINAL`);
  }

  tableBytes(order) {
    return this.bytes(`event_${order}`);
  }

  tableColumnBytes(order) {
    return this.columnBytes(`event_${order}`);
  }

  dropRaw() {
    this.session.query('DROP TABLE bench.raw SYNC');
    this.session.query('DROP TABLE bench.repeated SYNC');
  }

  open(order) {
    this.stream = order === 'stream';
    this.order = this.stream ? 'journey' : order;
  }

  // The answer as text; rowsOf makes values of it, outside of what is timed.
  ask(sql) {
    return this.session.query(`${sql.replaceAll(/\bFROM event\b/g, `FROM bench.event_${this.order}`)} SETTINGS
      max_threads = ${this.threads}, optimize_aggregation_in_order = ${this.stream ? 1 : 0} FORMAT JSONCompact`);
  }

  rowsOf(answer) {
    return JSON.parse(answer).data;
  }

  close() {
    this.session.close?.();
  }
}
