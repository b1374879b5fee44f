// SPDX-License-Identifier: EUPL-1.2
// What two SQL engines call the same things. `asOf` is the end of observation in ms, a constant of
// the sample; `steps` the names of the form steps in the order of their codes; `order` how the table lies. Each dialect uses what
// is fast in its engine. An absent moment is NULL in both, once a journey has been grouped.

const FORM_TYPES = "'form.started','form.step','form.error','form.saved','form.resumed','form.submitted','form.ineligible','form.failed'";
const HOUR_MS = 3600000;
const QUANTILES_OF = (x) => `quantile_cont(${x}, [0.5,0.9,0.95])`;
const PAUSE_MS = 300000; // longer gaps between two events of a form count as this long

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

// Events of cases that have ended.
const acts = (ends) => `SELECT subject, time, coalesce(enum_code(step)::SMALLINT + 256, enum_code(type)) AS act
  FROM event JOIN (SELECT DISTINCT subject FROM event WHERE purpose = 'case' AND type IN (${ends})) k USING (subject) WHERE purpose = 'case'`;
const activity = (x) => `CASE WHEN ${x} >= 256 THEN enum_range(NULL::step_name)[${x} - 255]::VARCHAR ELSE enum_range(NULL::type_name)[${x} + 1]::VARCHAR END`;

export const duckdb = ({ asOf, steps }) => {
  const year = new Date(asOf).getUTCFullYear();
  const local = (t) => `local_time(${t})`;
  return {
    asOf,
    setup: [`CREATE OR REPLACE TEMP MACRO local_time(t) AS t + CASE WHEN ${summers(year - 3, year + 1)
      .map(([a, b]) => `t >= TIMESTAMP '${a}' AND t < TIMESTAMP '${b}'`)
      .join(' OR ')} THEN INTERVAL 2 HOUR ELSE INTERVAL 1 HOUR END`],
    journey: 'subject',
    tenant: 'any_value(tenant)',
    any: (x) => `any_value(${x})`,
    anyIf: (x, c) => `any_value(${x}) FILTER (WHERE ${c})`,
    minIf: (x, c) => `min(${x}) FILTER (WHERE ${c})`,
    maxIf: (x, c) => `max(${x}) FILTER (WHERE ${c})`,
    countIf: (c) => `count(*) FILTER (WHERE ${c})`,
    someIf: (c) => `bool_or(${c})`,
    argMaxIf: (x, by, c) => `arg_max(${x}, ${by}) FILTER (WHERE ${c})`,
    stepsIf: (c) => `bit_or(1::BIGINT << enum_code(step)) FILTER (WHERE ${c})`,
    // (alias) of each step whose bit is set
    eachStep: (mask, name) => `, (VALUES ${steps.map((step, i) => `(${i}, '${step}')`).join(',')}) AS u(bit, ${name})
      WHERE (${mask} >> bit) & 1 = 1`,
    hasStep: (mask) => `(${mask} >> bit) & 1 = 1`,
    stays: (from) => `WITH s AS MATERIALIZED (${from})
      SELECT a AS t, 1 AS i, 0 AS u, 0 AS r FROM s WHERE a IS NOT NULL
      UNION ALL SELECT x, 0, 1, 0 FROM s WHERE a IS NOT NULL AND x IS NOT NULL
      UNION ALL SELECT ro, 0, 0, 1 FROM s WHERE a IS NOT NULL AND ro >= x
      UNION ALL SELECT z, 0, 1, 0 FROM s WHERE a IS NOT NULL AND ro >= x AND z > ro`,
    // Counted by hour first, which is cheap, then by local day.
    countByDay: (keys, where = '') => {
      const also = keys.map((key) => `, ${key}`).join('');
      return `SELECT ${local(`make_timestamp(h * ${HOUR_MS}000)`)}::DATE AS dy${also}, sum(c) AS n
        FROM (SELECT epoch_ms(time) // ${HOUR_MS} AS h${also}, count(*) AS c FROM event ${where} GROUP BY h${also}) g GROUP BY dy${also}`;
    },
    // Twice grouped is faster than count(DISTINCT), which one thread finishes.
    distinctByMonth: (x) => `SELECT mo, count(*) AS n FROM (SELECT DISTINCT date_trunc('month', ${local('time')}) AS mo, ${x}
      FROM event WHERE ${x} IS NOT NULL) g GROUP BY mo`,
    present: (x) => `(${x} IS NOT NULL)`,
    given: (x) => `(${x} IS NOT NULL)`,
    ms: (t) => `epoch_ms(${t})`,
    month: (t) => `date_trunc('month', ${local(t)})`,
    day: (t) => `date_trunc('day', ${local(t)})`,
    quantiles: (x, list) => `quantile_cont(${x}, [${list.join(',')}])`,
    active: `
      SELECT sv, sum(least(gap, ${PAUSE_MS})) AS active
      FROM (SELECT subject, service AS sv,
          epoch_ms(time) - lag(epoch_ms(time), 1, epoch_ms(time)) OVER (PARTITION BY subject ORDER BY time) AS gap
        FROM event JOIN (SELECT subject, min(time) AS sub_at FROM event
          WHERE purpose = 'attempt' AND type = 'form.submitted' GROUP BY subject) s USING (subject)
        WHERE purpose = 'attempt' AND type IN (${FORM_TYPES}) AND time <= sub_at) g
      GROUP BY subject, sv`,
    // Activities are numbers until they are grouped: a step from 256 on, else a type.
    transitions: (ends) => `SELECT ${activity('a')}, ${activity('b')}, count(*) AS n, avg(gap) AS mean, ${QUANTILES_OF('gap')} AS q
      FROM (SELECT lag(act) OVER w AS a, act AS b, epoch_ms(time) - epoch_ms(lag(time) OVER w) AS gap
        FROM (${acts(ends)}) e WINDOW w AS (PARTITION BY subject ORDER BY time)) t
      WHERE a IS NOT NULL GROUP BY a, b`,
    variants: (ends, top) => `SELECT array_to_string(list_transform(way, x -> ${activity('x')}), ' > ') AS variant, n, mean
      FROM (SELECT way, count(*) AS n, avg(ms) AS mean
        FROM (SELECT list(act ORDER BY time) AS way, epoch_ms(max(time)) - epoch_ms(min(time)) AS ms FROM (${acts(ends)}) e GROUP BY subject) j
        GROUP BY way) v ORDER BY n DESC, variant LIMIT ${top}`,
    // Requests and replies alternate; a pause ends with the case at the latest.
    paused: (from) => {
      const one = from.replace('SELECT', 'SELECT subject,');
      return `SELECT sv, epoch_ms(e) - epoch_ms(a) AS gross, coalesce(ms, 0) AS paused
        FROM (${one}) c LEFT JOIN (
          SELECT subject, list({'b': time, 'z': back}) AS pauses FROM (
            SELECT subject, type, time, lead(time) OVER (PARTITION BY subject ORDER BY time, type = 'case.replied') AS back
            FROM event WHERE purpose = 'case' AND type IN ('case.requested','case.replied')) r
          WHERE type = 'case.requested' GROUP BY subject) p USING (subject),
          LATERAL (SELECT list_sum(list_transform(pauses, x -> epoch_ms(least(coalesce(x.z, e), e)) - epoch_ms(least(greatest(x.b, a), e)))) AS ms) l
        WHERE a IS NOT NULL AND e >= a AND (o IS NULL OR o >= e)`;
    },
  };
};

const key = (order) => (order === 'stream' ? 'purpose, tenant, subject' : 'subject');
// Events of cases that have ended, in order of time.
const ways = (ends, by) => `SELECT arraySort(x -> x.1, groupArray((toUnixTimestamp64Milli(time), if(step <> '', toString(step), toString(type))))) AS es
  FROM event WHERE purpose = 'case' GROUP BY ${by} HAVING countIf(type IN (${ends})) > 0`;

const NEVER = "toDateTime64(0, 3, 'UTC')";

export const clickhouse = ({ asOf, steps, order }) => ({
  asOf,
  setup: [],
  // `stream`: by the key that the table is sorted by, so that groups come one after the other.
  journey: key(order),
  tenant: order === 'stream' ? 'tenant' : 'any(tenant)',
  any: (x) => `any(${x})`,
  anyIf: (x, c) => `anyIf(${x}, ${c})`,
  minIf: (x, c) => `nullIf(minIf(${x}, ${c}), ${NEVER})`, // far cheaper than minOrNullIf
  maxIf: (x, c) => `nullIf(maxIf(${x}, ${c}), ${NEVER})`,
  countIf: (c) => `countIf(${c})`,
  someIf: (c) => `max(${c})`,
  argMaxIf: (x, by, c) => `nullIf(argMaxIf(${x}, ${by}, ${c}), ${x === 'start' ? NEVER : "''"})`,
  stepsIf: (c) => `groupBitOrIf(bitShiftLeft(toUInt64(1), toUInt8(step)), ${c})`,
  eachStep: (mask, name) => `ARRAY JOIN bitPositionsToArray(${mask}) AS bit, arrayMap(b -> [${steps.map((s) => `'${s}'`).join(',')}][b], bitPositionsToArray(${mask})) AS ${name}`,
  hasStep: (mask) => `bitTest(${mask}, bit)`,
  stays: (from) => `SELECT row.1 AS t, row.2 AS i, row.3 AS u, row.4 AS r FROM (${from}) s
    ARRAY JOIN arrayFilter(row -> isNotNull(row.1), [(a, 1, 0, 0), (x, 0, 1, 0),
      (if(ro >= x, ro, NULL), 0, 0, 1), (if(ro >= x AND z > ro, z, NULL), 0, 1, 0)]) AS row WHERE a IS NOT NULL`,
  countByDay: (keys, where = '') => {
    const also = keys.map((key) => `, ${key}`).join('');
    return `SELECT toDate(time, 'Europe/Berlin') AS dy${also}, count() AS n FROM event ${where} GROUP BY dy${also}`;
  },
  distinctByMonth: (x) => `SELECT toStartOfMonth(time, 'Europe/Berlin') AS mo, uniqExact(${x}) AS n FROM event WHERE ${x} <> 0 GROUP BY mo`,
  present: (x) => `(${x} <> 0)`,
  given: (x) => `(${x} <> '')`,
  ms: (t) => `toUnixTimestamp64Milli(${t})`,
  month: (t) => `toStartOfMonth(${t}, 'Europe/Berlin')`,
  day: (t) => `toDate(${t}, 'Europe/Berlin')`,
  quantiles: (x, list) => `quantilesExactInclusive(${list.join(',')})(${x})`,
  active: `
    SELECT any(service) AS sv, minIf(toUnixTimestamp64Milli(time), type = 'form.submitted') AS sub_at,
      arraySum(arrayMap(gap -> least(gap, ${PAUSE_MS}), arrayDifference(arraySort(arrayFilter(t -> t <= sub_at,
        groupArray(toUnixTimestamp64Milli(time))))))) AS active
    FROM event WHERE purpose = 'attempt' AND type IN (${FORM_TYPES})
    GROUP BY ${key(order)} HAVING sub_at > 0`,
  transitions: (ends) => `SELECT way.1 AS a, way.2 AS b, count() AS n, avg(way.3) AS mean, quantilesExactInclusive(0.5,0.9,0.95)(way.3) AS q
    FROM (SELECT arrayJoin(arrayMap((x, y) -> (x.2, y.2, y.1 - x.1), arrayPopBack(es), arrayPopFront(es))) AS way
      FROM (${ways(ends, key(order))}) j) t GROUP BY a, b`,
  variants: (ends, top) => `SELECT arrayStringConcat(way, ' > ') AS variant, n, mean
    FROM (SELECT arrayMap(x -> toString(x.2), es) AS way, count() AS n, avg(es[-1].1 - es[1].1) AS mean
      FROM (${ways(ends, key(order))}) j GROUP BY way) v ORDER BY n DESC, variant LIMIT ${top}`,
  paused: (from) => {
    const one = from.replace('SELECT', `SELECT arraySort(groupArrayIf((toUnixTimestamp64Milli(time), type = 'case.replied'),
        type IN ('case.requested','case.replied'))) AS rs,`).replace("'case.received',", "'case.received','case.requested','case.replied',");
    return `SELECT sv, assumeNotNull(toUnixTimestamp64Milli(e)) AS ems, assumeNotNull(toUnixTimestamp64Milli(a)) AS ams, ems - ams AS gross,
        arraySum(arrayMap((x, y) -> if(x.2, 0, least(y.1, ems) - least(greatest(x.1, ams), ems)), rs,
          arraySlice(arrayPushBack(rs, (toInt64(9000000000000000), true)), 2))) AS paused
      FROM (${one}) c WHERE a IS NOT NULL AND e >= a AND (o IS NULL OR o >= e)`;
  },
});
