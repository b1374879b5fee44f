// SPDX-License-Identifier: EUPL-1.2
// Transitions, variants and activities of an event log by DuckDB's window functions, as JSON: what
// tests/end_to_end/real_data.py holds Pegel's process map against.
// usage: node trails.mjs LOG.csv (journey,position,time_ms,activity; positions in order of time)
import { DuckDBInstance } from '@duckdb/node-api';

const connection = await (await DuckDBInstance.create(':memory:')).connect();
const rows = async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();

await connection.run(`CREATE TABLE log AS SELECT * FROM read_csv('${process.argv[2].replaceAll("'", "''")}', header = true,
  columns = {journey: 'INTEGER', position: 'INTEGER', time_ms: 'BIGINT', activity: 'VARCHAR'})`);
const transitions = await rows(`
  SELECT a, b, count(*)::INTEGER n, count(DISTINCT journey)::INTEGER journeys, quantile_cont(ms, 0.5) / 1000 median_s
  FROM (SELECT journey, activity b, lag(activity) OVER w a, (time_ms - lag(time_ms) OVER w)::DOUBLE ms
        FROM log WINDOW w AS (PARTITION BY journey ORDER BY position))
  WHERE a IS NOT NULL GROUP BY a, b`);
const variants = await rows(`
  SELECT variant, count(*)::INTEGER n, quantile_cont(ms, 0.5) / 1000 median_s
  FROM (SELECT string_agg(activity, ' > ' ORDER BY position) variant, (max(time_ms) - min(time_ms))::DOUBLE ms
        FROM log GROUP BY journey)
  GROUP BY variant`);
const activities = await rows(`
  SELECT activity, count(*)::INTEGER n, count(DISTINCT journey)::INTEGER journeys,
         count_if(nth > 1)::INTEGER repeats, count_if(coalesce(previous = activity, false))::INTEGER self_loops
  FROM (SELECT journey, activity, row_number() OVER (PARTITION BY journey, activity ORDER BY position) nth,
               lag(activity) OVER (PARTITION BY journey ORDER BY position) AS previous FROM log)
  GROUP BY activity`);
console.log(JSON.stringify({ transitions, variants, activities }));
