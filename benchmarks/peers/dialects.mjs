// SPDX-License-Identifier: EUPL-1.2
// What two SQL engines call the same things. `asOf` is the end of observation in ms, a constant of
// the sample. Each dialect uses what is fast in its engine.

const FORM_TYPES = "type IN ('form.started','form.step','form.error','form.saved','form.resumed','form.submitted','form.ineligible','form.failed')";

// Last Sundays of March and October, 01:00 UTC: arithmetic is far cheaper than asking ICU per row.
function summers(from, to) {
  const lastSunday = (year, month) => {
    const day = new Date(Date.UTC(year, month, 31));
    return new Date(day - day.getUTCDay() * 864e5 + 36e5).toISOString().slice(0, 19).replace('T', ' ');
  };
  const list = [];
  for (let year = from; year <= to; year++) list.push([lastSunday(year, 2), lastSunday(year, 9)]);
  return list;
}

export const duckdb = (asOf) => {
  const year = new Date(asOf).getUTCFullYear();
  const summer = summers(year - 10, year + 1);
  const local = (t) => `local_time(${t})`;
  return {
    asOf,
    setup: [`CREATE OR REPLACE MACRO local_time(t) AS t + CASE WHEN ${summer
      .map(([a, b]) => `t >= TIMESTAMP '${a}' AND t < TIMESTAMP '${b}'`)
      .join(' OR ')} THEN INTERVAL 2 HOUR ELSE INTERVAL 1 HOUR END`],
    any: (x) => `any_value(${x})`,
    anyIf: (x, c) => `any_value(${x}) FILTER (WHERE ${c})`,
    minIf: (x, c) => `min(${x}) FILTER (WHERE ${c})`,
    maxIf: (x, c) => `max(${x}) FILTER (WHERE ${c})`,
    countIf: (c) => `count(*) FILTER (WHERE ${c})`,
    argMaxIf: (x, by, c) => `arg_max(${x}, ${by}) FILTER (WHERE ${c})`,
    uniqList: (x, c) => `list(DISTINCT ${x}) FILTER (WHERE ${c})`,
    has: (list, x) => `list_contains(${list}, ${x})`,
    unnest: (list, name) => `, unnest(a.${list}) AS u(${name})`,
    distinct: (x) => `count(DISTINCT ${x})`,
    present: (x) => `(${x} IS NOT NULL)`,
    ms: (t) => `epoch_ms(${t})`,
    month: (t) => `date_trunc('month', ${local(t)})`,
    day: (t) => `date_trunc('day', ${local(t)})`,
    quantiles: (x, list) => `quantile_cont(${x}, [${list.join(',')}])`,
    active: `
      SELECT any_value(service) AS sv, sum(least(gap, 300000)) FILTER (WHERE time <= sub_at) AS active
      FROM (SELECT subject, service, time,
          epoch_ms(time) - lag(epoch_ms(time), 1, epoch_ms(time)) OVER (PARTITION BY subject ORDER BY time) AS gap,
          min(time) FILTER (WHERE type = 'form.submitted') OVER (PARTITION BY subject) AS sub_at
        FROM event WHERE ${FORM_TYPES}) g
      WHERE sub_at IS NOT NULL GROUP BY subject`,
  };
};

export const clickhouse = (asOf) => ({
  asOf,
  setup: [],
  any: (x) => `any(${x})`,
  anyIf: (x, c) => `anyIf(${x}, ${c})`,
  minIf: (x, c) => `minOrNullIf(${x}, ${c})`,
  maxIf: (x, c) => `maxOrNullIf(${x}, ${c})`,
  countIf: (c) => `countIf(${c})`,
  argMaxIf: (x, by, c) => `argMaxOrNullIf(${x}, ${by}, ${c})`,
  uniqList: (x, c) => `groupUniqArrayIf(${x}, ${c})`,
  has: (list, x) => `has(${list}, ${x})`,
  unnest: (list, name) => `ARRAY JOIN ${list} AS ${name}`,
  distinct: (x) => `uniqExact(${x})`,
  present: (x) => `(${x} <> '')`,
  ms: (t) => `toUnixTimestamp64Milli(${t})`,
  month: (t) => `toStartOfMonth(${t}, 'Europe/Berlin')`,
  day: (t) => `toDate(${t}, 'Europe/Berlin')`,
  quantiles: (x, list) => `quantilesExactInclusive(${list.join(',')})(${x})`,
  active: `
    SELECT any(service) AS sv, minIf(toUnixTimestamp64Milli(time), type = 'form.submitted') AS sub_at,
      arraySum(arrayMap(gap -> least(gap, 300000), arrayDifference(arraySort(arrayFilter(t -> t <= sub_at,
        groupArray(toUnixTimestamp64Milli(time))))))) AS active
    FROM event WHERE ${FORM_TYPES} GROUP BY subject HAVING countIf(type = 'form.submitted') > 0`,
});
