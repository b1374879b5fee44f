// SPDX-License-Identifier: EUPL-1.2
// Durations by the year of the end, and what was open at the end of each day, by DuckDB, as JSON:
// what tests/end_to_end/real_survival.py holds Pegel against.
// usage: node cases.mjs CASES.csv ZONE (begin_ms,end_ms,working_days; the last two may be empty)
import { DuckDBInstance } from '@duckdb/node-api';

const connection = await (await DuckDBInstance.create(':memory:')).connect();
const rows = async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
const quote = (text) => `'${text.replaceAll("'", "''")}'`;
const file = quote(process.argv[2]), zone = quote(process.argv[3]);
const date = (ms) => `(to_timestamp(${ms} / 1000.0) AT TIME ZONE ${zone})::DATE`;
const share = '[0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]';
const figures = (name, value) => `quantile_cont(${value}, ${share}) ${name}_quantiles, avg(${value}) ${name}_mean,
  min(${value}) ${name}_min, max(${value}) ${name}_max`;

await connection.run(`LOAD icu`).catch(() => connection.run('INSTALL icu; LOAD icu'));
await connection.run(`CREATE TABLE cases AS SELECT *, ${date('begin_ms')} began, ${date('end_ms')} ended
  FROM read_csv(${file}, header = true,
  columns = {begin_ms: 'BIGINT', end_ms: 'BIGINT', working_days: 'INTEGER'})`);
const years = await rows(`
  SELECT year(ended)::VARCHAR AS "year", count(*)::INTEGER n,
         ${figures('s', '((end_ms - begin_ms) / 1000.0)::DOUBLE')}, ${figures('wd', 'working_days::DOUBLE')}
  FROM cases WHERE end_ms >= begin_ms GROUP BY 1`);
const backlog = await rows(`
  WITH days AS (SELECT unnest(range((SELECT min(began) FROM cases)::TIMESTAMP,
                                    (SELECT max(greatest(began, coalesce(ended, began))) FROM cases)::TIMESTAMP,
                                    INTERVAL 1 DAY))::DATE AS "day"),
       flow AS (SELECT began AS "day", 1 AS change FROM cases WHERE ended IS NULL OR end_ms >= begin_ms
                UNION ALL SELECT ended, -1 FROM cases WHERE end_ms >= begin_ms)
  SELECT strftime("day", '%Y-%m-%d') AS "day",
         (SELECT sum(change) FROM flow WHERE flow."day" <= days."day")::INTEGER AS "open"
  FROM days ORDER BY 1`);
console.log(JSON.stringify({ years, backlog }));
