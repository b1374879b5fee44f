// SPDX-License-Identifier: EUPL-1.2
// The questions, once in SQL for both engines and once in the words of Pegel. Their answers must be
// equal: counts exactly, durations to the millisecond.
//
// A question gives `sql(d)` with d a dialect (dialects.mjs), whose first columns are the keys, and
// `pegel`, the words of the same question; `columns` says where an answer of Pegel has each figure:
// [name in SQL, name in Pegel, kind], kind one of count, ms (Pegel answers in seconds), ratio.

const CASE_ENDS = "'case.decided','case.delivered','case.closed','case.withdrawn','case.forwarded','case.rejected'";
const OTHER_ENDS = "'case.withdrawn','case.forwarded','case.rejected'";

// One row a case: start a, end e of the processing, another end o, first end x.
const cases = (d, types = [], more = '') => `
  SELECT ${d.tenant} AS te, ${d.any('service')} AS sv,
    ${d.minIf('time', "type = 'case.received'")} AS a,
    coalesce(${d.minIf('time', "type = 'case.decided'")}, ${d.minIf('time', "type = 'case.delivered'")},
             ${d.minIf('time', "type = 'case.closed'")}) AS e,
    ${d.minIf('time', `type IN (${OTHER_ENDS})`)} AS o ${more}
  FROM event
  WHERE purpose = 'case' AND type IN (${["'case.received'", CASE_ENDS, ...types].join(',')})
  GROUP BY ${d.journey}`;

// One row an attempt, as of T. Open: quiet for less than 30 minutes, or 14 days when ever saved.
const attempts = (d, more = '') => `
  SELECT ${d.any('service')} AS sv, max(time) AS last,
    ${d.someIf("type = 'form.submitted'")} AS sub, ${d.someIf("type = 'form.ineligible'")} AS ine,
    ${d.someIf("type = 'form.failed'")} AS fai, ${d.someIf("type = 'form.saved'")} AS sav ${more}
  FROM event
  WHERE purpose = 'attempt' AND type IN ('form.started','form.step','form.error','form.saved','form.resumed',
    'form.submitted','form.ineligible','form.failed')
  GROUP BY ${d.journey}`;
const DONE = '(sub OR ine OR fai)';
const open = (d) => `(NOT ${DONE} AND ${d.ms('last')} > ${d.asOf} - CASE WHEN sav THEN 1209600000 ELSE 1800000 END)`;

// Only what a question needs, so that no engine works for nothing.
const appointmentTimes = (d, types, columns) => `
  SELECT ${d.anyIf('office', "office <> ''")} AS ofc, ${columns}
  FROM event WHERE purpose = 'appointment' AND type IN (${types.map((t) => `'appointment.${t}'`).join(',')})
  GROUP BY ${d.journey}`;
const first = (d, type) => d.minIf('time', `type = 'appointment.${type}'`);
const start = (d) => d.argMaxIf('start', 'time', "type IN ('appointment.confirmed','appointment.rescheduled')");

const DURATIONS = [['n', 'n', 'count'], ['mean', 'mean', 'ms'], ['p50', 'p50', 'ms'], ['p90', 'p90', 'ms'], ['p95', 'p95', 'ms']];
const STAT = 'p50,p90,p95';
export const QUANTILES = [0.5, 0.9, 0.95];
const durations = (d, x) => `count(*) AS n, avg(${x}) AS mean, ${d.quantiles(x, QUANTILES)} AS q`;

export const questions = [
  {
    name: 'processing time by service',
    group: 'journeys',
    keys: ['service'],
    columns: DURATIONS,
    pegel: { kpi: 'processing_time', by: 'service', view: 'closing', stat: STAT },
    sql: (d) => `SELECT sv, ${durations(d, `${d.ms('e')} - ${d.ms('a')}`)}
      FROM (${cases(d)}) c WHERE a IS NOT NULL AND e >= a AND (o IS NULL OR o >= e) GROUP BY sv`,
  },
  {
    name: 'processing time by tenant, service, month',
    group: 'journeys',
    keys: ['tenant', 'service', 'month'],
    columns: DURATIONS,
    pegel: { kpi: 'processing_time', by: 'tenant,service,month', view: 'closing', stat: STAT },
    sql: (d) => `SELECT te, sv, ${d.month('e')} AS mo, ${durations(d, `${d.ms('e')} - ${d.ms('a')}`)}
      FROM (${cases(d)}) c WHERE a IS NOT NULL AND e >= a AND (o IS NULL OR o >= e) GROUP BY te, sv, mo`,
  },
  {
    name: 'throughput by month',
    group: 'journeys',
    keys: ['month'],
    columns: [['in_n', 'in', 'count'], ['out_n', 'out', 'count'], ['re_n', 'reopened', 'count']],
    pegel: { kpi: 'throughput', by: 'month', leave: () => false },
    sql: (d) => `SELECT ${d.month('t')} AS mo, sum(i) AS in_n, sum(u) AS out_n, sum(r) AS re_n
      FROM (${d.stays(stays(d))}) f GROUP BY mo`,
  },
  {
    name: 'backlog by day',
    group: 'events',
    keys: ['day'],
    columns: [['backlog', 'backlog', 'count']],
    pegel: { kpi: 'backlog', by: 'day', leave: () => false },
    sql: (d) => `SELECT ${d.day('t')} AS dy, sum(sum(i - u + r)) OVER (ORDER BY dy) AS backlog
      FROM (${d.stays(stays(d))}) f GROUP BY dy`,
  },
  {
    name: 'online share by month and tenant',
    group: 'events',
    keys: ['tenant', 'month'],
    columns: [['n', 'n', 'count'], ['digital', 'digital', 'count']],
    pegel: { kpi: 'digital_take_up', by: 'tenant,month' },
    sql: (d) => `SELECT tenant, ${d.month('time')} AS mo, count(*) AS n, ${d.countIf("channel IN ('online','app','assisted')")} AS digital
      FROM event WHERE purpose = 'case' AND type = 'case.received' AND ${d.given('channel')} GROUP BY tenant, mo`,
  },
  {
    name: 'top services by cases received',
    group: 'events',
    keys: ['service'],
    columns: [['n', 'n', 'count']],
    pegel: { kpi: 'event_count', by: 'service', type: 'case.received' },
    sql: (d) => `SELECT service, count(*) AS n FROM event WHERE purpose = 'case' AND type = 'case.received' GROUP BY service ORDER BY n DESC`,
  },
  {
    name: 'funnel by service',
    group: 'journeys',
    keys: ['service', 'step'],
    columns: [['reach', 'reach', 'count'], ['drops', 'drop', 'count'], ['errs', 'errors', 'count']],
    pegel: { kpi: 'funnel', by: 'service', leave: (row) => row.step === 'started' || row.step === 'submitted' || row.reach === 0 },
    // Alike attempts are counted first: few rows are left to be taken apart by step.
    sql: (d) => `SELECT sv, st, sum(n) AS reach, sum(CASE WHEN NOT done AND last_step = st THEN n ELSE 0 END) AS drops,
        sum(CASE WHEN ${d.hasStep('failed')} THEN n ELSE 0 END) AS errs
      FROM (SELECT sv, last_step, entered, failed, ${DONE} AS done, count(*) AS n
        FROM (${attempts(d, `, ${d.argMaxIf('step', 'time', "type = 'form.step'")} AS last_step,
          ${d.stepsIf("type = 'form.step'")} AS entered, ${d.stepsIf("type = 'form.error'")} AS failed`)}) a
        WHERE NOT ${open(d)} GROUP BY sv, last_step, entered, failed, done) g
      ${d.eachStep('entered', 'st')} GROUP BY sv, st`,
  },
  {
    name: 'abandonment and completion by service',
    group: 'journeys',
    keys: ['service'],
    columns: [['n', 'n', 'count'], ['sub_n', 'submitted', 'count'], ['ine_n', 'ineligible', 'count'],
      ['fai_n', 'failed', 'count'], ['aba_n', 'abandoned', 'count'], ['share', 'value', 'ratio']],
    pegel: { kpi: 'abandonment', by: 'service' },
    sql: (d) => `SELECT sv, count(*) AS n, ${d.countIf('sub')} AS sub_n, ${d.countIf('ine')} AS ine_n, ${d.countIf('fai')} AS fai_n,
        ${d.countIf(`NOT ${DONE}`)} AS aba_n, ${d.countIf(`NOT ${DONE}`)} / count(*) AS share
      FROM (${attempts(d)}) a WHERE NOT ${open(d)} GROUP BY sv`,
  },
  {
    name: 'time to complete by service',
    group: 'journeys',
    keys: ['service'],
    columns: DURATIONS,
    pegel: { kpi: 'time_to_complete', by: 'service', stat: STAT },
    sql: (d) => `SELECT sv, ${durations(d, 'active')} FROM (${d.active}) a GROUP BY sv`,
  },
  {
    name: 'no-show by month and office',
    group: 'journeys',
    keys: ['office', 'month'],
    columns: [['n', 'n', 'count'], ['mis_n', 'missed', 'count'], ['fin_n', 'finished', 'count']],
    pegel: { kpi: 'no_show', by: 'office,month' },
    sql: (d) => `SELECT ofc, ${d.month('st')} AS mo, count(*) AS n, ${d.countIf('fin IS NULL')} AS mis_n, ${d.countIf('fin IS NOT NULL')} AS fin_n
      FROM (${appointmentTimes(d, ['confirmed', 'rescheduled', 'cancelled', 'finished', 'missed'],
        `${start(d)} AS st, ${first(d, 'cancelled')} AS can, ${first(d, 'finished')} AS fin, ${first(d, 'missed')} AS mis`)}) a
      WHERE st IS NOT NULL AND (fin IS NOT NULL OR (mis IS NOT NULL AND (can IS NULL OR mis < can))) GROUP BY ofc, mo`,
  },
  {
    name: 'cancellation by office',
    group: 'journeys',
    keys: ['office'],
    columns: [['n', 'n', 'count'], ['can_n', 'cancelled', 'count'], ['late_n', 'late', 'count']],
    pegel: { kpi: 'cancellation', by: 'office' },
    sql: (d) => `SELECT ofc, count(*) AS n, ${d.countIf('can < st')} AS can_n,
        ${d.countIf(`can < st AND ${d.ms('st')} - ${d.ms('can')} < 86400000`)} AS late_n
      FROM (${appointmentTimes(d, ['confirmed', 'rescheduled', 'cancelled'],
        `${start(d)} AS st, ${first(d, 'confirmed')} AS con, ${first(d, 'cancelled')} AS can`)}) a
      WHERE con IS NOT NULL AND ${d.ms('st')} <= ${d.asOf} GROUP BY ofc`,
  },
  {
    name: 'booking lead time by office',
    group: 'journeys',
    keys: ['office'],
    columns: DURATIONS,
    pegel: { kpi: 'booking_lead_time', by: 'office', stat: STAT },
    sql: (d) => `SELECT ofc, ${durations(d, `${d.ms('st')} - ${d.ms('con')}`)}
      FROM (${appointmentTimes(d, ['confirmed', 'rescheduled'], `${start(d)} AS st, ${first(d, 'confirmed')} AS con`)}) a
      WHERE con IS NOT NULL AND st >= con GROUP BY ofc`,
  },
  {
    name: 'waiting time by office',
    group: 'journeys',
    keys: ['office'],
    columns: DURATIONS,
    pegel: { kpi: 'waiting_time', by: 'office', stat: STAT },
    sql: (d) => `SELECT ofc, ${durations(d, `CASE WHEN st IS NOT NULL AND st > arr
          THEN greatest(${d.ms('cal')} - ${d.ms('st')}, 0) ELSE ${d.ms('cal')} - ${d.ms('arr')} END`)}
      FROM (${appointmentTimes(d, ['confirmed', 'rescheduled', 'arrived', 'called'],
        `${start(d)} AS st, ${first(d, 'arrived')} AS arr, ${first(d, 'called')} AS cal`)}) a
      WHERE arr IS NOT NULL AND cal >= arr GROUP BY ofc`,
  },
  {
    name: 'satisfaction by service',
    group: 'events',
    keys: ['service'],
    columns: [['n', 'n', 'count'], ['mean', 'mean', 'ratio'], ['top', 'top2', 'ratio']],
    pegel: { kpi: 'satisfaction', by: 'service', leave: (row) => row.n < 10 },
    sql: (d) => `SELECT service, count(*) AS n, avg(value) AS mean, ${d.countIf('value >= 4')} / count(*) AS top
      FROM event WHERE type = 'feedback.rated' GROUP BY service HAVING count(*) >= 10`,
  },
  {
    name: 'journeys and events by tenant and service',
    group: 'journeys',
    keys: ['tenant', 'service'],
    columns: [['n', 'n', 'count'], ['ev', 'events', 'count']],
    pegel: { kpi: 'inventory', by: 'tenant,service' },
    sql: (d) => `SELECT te, sv, sum(j) AS n, sum(e) AS ev FROM (
        SELECT ${d.tenant} AS te, ${d.any('service')} AS sv, 1 AS j, count(*) AS e FROM event
        WHERE ${d.present('subject')} GROUP BY ${d.journey}
        UNION ALL SELECT tenant, service, count(*), count(*) FROM event WHERE NOT ${d.present('subject')}
        GROUP BY tenant, service) x GROUP BY te, sv`,
  },
  {
    name: 'events by day',
    group: 'events',
    keys: ['day'],
    columns: [['n', 'n', 'count']],
    pegel: { kpi: 'event_count', by: 'day' },
    sql: (d) => d.countByDay([]),
  },
  {
    name: 'events by tenant, day and type',
    group: 'events',
    keys: ['day', 'tenant', 'type'],
    columns: [['n', 'n', 'count']],
    pegel: { kpi: 'event_count', by: 'tenant,day,type' },
    sql: (d) => d.countByDay(['tenant', 'type']),
  },
  {
    name: 'one tenant, day and type',
    group: 'events',
    keys: ['day', 'type'],
    columns: [['n', 'n', 'count']],
    pegel: { kpi: 'event_count', by: 'day,type', tenant: '090990000000' },
    sql: (d) => d.countByDay(['type'], "WHERE tenant = '090990000000'"),
  },
  {
    name: 'distinct subjects by month',
    group: 'events',
    keys: ['month'],
    columns: [['n', 'n', 'count']],
    pegel: { kpi: 'active_journeys', by: 'month' }, // visits of the sample have no subjects
    sql: (d) => d.distinctByMonth('subject'),
  },
  /* ---- besides the questions that are named as goals: what the newer KPIs ask ---- */
  {
    name: 'transitions of cases',
    group: 'ways',
    keys: ['activity', 'next_activity'],
    columns: DURATIONS,
    pegel: { kpi: 'transitions', stat: STAT, top: 1000 },
    sql: (d) => d.transitions(CASE_ENDS),
  },
  {
    name: 'the 50 most frequent ways of cases',
    group: 'ways',
    keys: ['variant'],
    columns: [['n', 'n', 'count'], ['mean', 'mean', 'ms']],
    pegel: { kpi: 'variants', top: 50, leave: (row) => row.summed > 0 },
    sql: (d) => d.variants(CASE_ENDS, 50),
  },
  {
    name: 'rework by service',
    group: 'ways',
    keys: ['service'],
    columns: [['n', 'n', 'count'], ['rew_n', 'reworked', 'count'], ['req', 'requests', 'count'], ['re', 'reopenings', 'count']],
    pegel: { kpi: 'rework', by: 'service' },
    sql: (d) => `SELECT sv, count(*) AS n, ${d.countIf('req + re > 0')} AS rew_n, sum(req) AS req_n, sum(re) AS re_n
      FROM (${cases(d, ["'case.requested'", "'case.reopened'"], `, ${d.countIf("type = 'case.requested'")} AS req, ${d.countIf("type = 'case.reopened'")} AS re`)}) c
      WHERE e IS NOT NULL AND (o IS NULL OR o >= e) GROUP BY sv`,
  },
  {
    name: 'decided within 240 hours by service',
    group: 'ways',
    keys: ['service'],
    columns: [['met', 'met', 'count'], ['missed', 'missed', 'count'], ['overdue', 'overdue', 'count'], ['undetermined', 'undetermined', 'count']],
    pegel: { kpi: 'sla_share', by: 'service', limit: '240h', leave: () => false },
    sql: (d) => `SELECT sv, ${d.countIf('f = done AND f <= due')} AS met, ${d.countIf('f > due')} AS missed,
        ${d.countIf(`f IS NULL AND due < ${d.asOf}`)} AS overdue, ${d.countIf(`f IS NULL AND due >= ${d.asOf}`)} AS undetermined
      FROM (SELECT sv, ${d.ms('e')} AS done, ${d.ms('a')} + 864000000 AS due,
          CASE WHEN o IS NULL OR o >= e THEN ${d.ms('e')} ELSE ${d.ms('o')} END AS f
        FROM (${cases(d)}) c WHERE a IS NOT NULL AND (e IS NULL OR e >= a)) b GROUP BY sv`,
  },
  {
    name: 'cases due within 240 hours by service',
    group: 'ways',
    keys: ['service'],
    columns: [['n', 'value', 'count'], ['late', 'overdue', 'count']],
    pegel: { kpi: 'due', by: 'service', limit: '240h' },
    sql: (d) => `SELECT sv, count(*) AS n, ${d.countIf(`${d.ms('a')} + 864000000 < ${d.asOf}`)} AS late
      FROM (${cases(d)}) c WHERE a IS NOT NULL AND e IS NULL AND o IS NULL GROUP BY sv`,
  },
  {
    name: 'net processing time by service',
    group: 'ways',
    keys: ['service'],
    columns: DURATIONS,
    pegel: { kpi: 'processing_time', by: 'service', clock: 'net', stat: STAT },
    sql: (d) => `SELECT sv, ${durations(d, 'gross - paused')} FROM (${d.paused(cases(d))}) c GROUP BY sv`,
  },
  {
    name: 'time in which applicants had to act by service',
    group: 'ways',
    keys: ['service'],
    columns: DURATIONS,
    pegel: { kpi: 'processing_time', by: 'service', clock: 'applicant', stat: STAT },
    sql: (d) => `SELECT sv, ${durations(d, 'paused')} FROM (${d.paused(cases(d))}) c GROUP BY sv`,
  },
  {
    name: 'forms over several days by service',
    group: 'ways',
    keys: ['service'],
    columns: [['n', 'n', 'count'], ['several', 'several_days', 'count'], ['saved', 'saved', 'count'], ['resumed', 'resumed', 'count']],
    pegel: { kpi: 'resumption', by: 'service' },
    sql: (d) => `SELECT sv, count(*) AS n, ${d.countIf(`${d.day('coalesce(done_at, last)')} > ${d.day('began')}`)} AS several,
        ${d.countIf('sav')} AS saved, ${d.countIf('sav AND last > saved_at')} AS resumed
      FROM (${attempts(d, `, min(time) AS began, ${d.maxIf('time', "type = 'form.saved'")} AS saved_at,
        ${d.minIf('time', "type IN ('form.submitted','form.ineligible','form.failed')")} AS done_at`)}) a
      WHERE NOT ${open(d)} GROUP BY sv`,
  },
  {
    name: 'end-to-end time by service',
    group: 'ways',
    keys: ['service'],
    columns: DURATIONS,
    pegel: { kpi: 'end_to_end', by: 'service', stat: STAT },
    sql: (d) => `SELECT f.sv AS sv, ${durations(d, `${d.ms('c.e')} - ${d.ms('f.began')}`)}
      FROM (SELECT ${d.tenant} AS te, ${d.any('service')} AS sv, min(time) AS began, max(link) AS li,
          ${d.minIf('time', "type = 'form.submitted'")} AS sub_at
        FROM event WHERE purpose = 'attempt' GROUP BY ${d.journey}) f
      JOIN (${cases(d, [], ', max(link) AS li, min(time) AS began')}) c ON c.li = f.li AND c.te = f.te
      WHERE f.sub_at IS NOT NULL AND ${d.present('f.li')} AND c.began >= f.sub_at AND c.a IS NOT NULL AND c.e >= c.a
        AND (c.o IS NULL OR c.o >= c.e) GROUP BY f.sv`,
  },
  {
    name: 'late shows by office',
    group: 'ways',
    keys: ['office'],
    columns: [['n', 'n', 'count'], ['late', 'late_show', 'count']],
    pegel: { kpi: 'late_show', by: 'office' },
    sql: (d) => `SELECT ofc, count(*) AS n, ${d.countIf('fin > mis')} AS late
      FROM (${appointmentTimes(d, ['confirmed', 'rescheduled', 'cancelled', 'finished', 'missed'],
        `${start(d)} AS st, ${first(d, 'cancelled')} AS can, ${first(d, 'finished')} AS fin, ${first(d, 'missed')} AS mis`)}) a
      WHERE st IS NOT NULL AND (fin IS NOT NULL OR (mis IS NOT NULL AND (can IS NULL OR mis < can))) GROUP BY ofc`,
  },
  {
    name: 'left before the call by office',
    group: 'ways',
    keys: ['office'],
    columns: [['n', 'n', 'count'], ['gone', 'left', 'count']],
    pegel: { kpi: 'left_before_call', by: 'office' },
    sql: (d) => `SELECT ofc, count(*) AS n, ${d.countIf('cal IS NULL')} AS gone
      FROM (${appointmentTimes(d, ['confirmed', 'arrived', 'called', 'showedup', 'finished', 'parked', 'resumed'],
        `${first(d, 'arrived')} AS arr, ${first(d, 'called')} AS cal, ${d.minIf('time', "type IN ('appointment.showedup','appointment.finished')")} AS ser`)}) a
      WHERE arr IS NOT NULL AND (cal >= arr OR (cal IS NOT NULL AND ser IS NOT NULL) OR (cal IS NULL AND ser IS NULL AND ${d.ms('arr')} <= ${d.asOf} - 86400000)) GROUP BY ofc`,
  },
];

// A case's stays in stock: received a, first end x, first reopening ro, last end z.
function stays(d) {
  return `SELECT ${d.minIf('time', "type = 'case.received'")} AS a, ${d.minIf('time', `type IN (${CASE_ENDS})`)} AS x,
    ${d.minIf('time', "type = 'case.reopened'")} AS ro, ${d.maxIf('time', `type IN (${CASE_ENDS})`)} AS z
    FROM event WHERE purpose = 'case' AND type IN ('case.received','case.reopened',${CASE_ENDS}) GROUP BY ${d.journey}`;
}
