// SPDX-License-Identifier: EUPL-1.2
// Holds the answers of a running Pegel against truth.json of a sample: every figure of every row by
// tenant, service (of capacities: office) and month (docs/SAMPLE.md). Answers what differs, in words.

const KPIS = ['processing_time', 'throughput', 'abandonment', 'time_to_complete', 'no_show', 'cancellation',
  'booking_lead_time', 'waiting_time', 'service_duration', 'digital_take_up', 'funnel', 'late_show', 'rescheduling',
  'waiting_within', 'left_before_call', 'slot_fill', 'utilisation', 'third_next_available'];
const KEYS = ['tenant', 'service', 'office', 'month', 'step'];
const HALF_MS = 0.0005;

export async function checkTruth(pegel, truth) {
  const found = [];
  let rows = 0;
  for (const kpi of KPIS) {
    // Appointments are booked beyond the end: their months lie after the events.
    const to = new Date(Date.parse(truth.as_of) + 365 * 864e5).toISOString();
    const words = new URLSearchParams({ by: truth.kpis[kpi].by.filter((key) => key !== 'step').join(','), from: truth.from, to, as_of: truth.as_of });
    const answer = await (await fetch(`http://127.0.0.1:${pegel.port}/v1/kpis/${kpi}?${words}`)).json();
    const keyOf = (row) => KEYS.map((key) => row[key] ?? '').join(' | ');
    const answers = new Map(answer.rows.map((row) => [keyOf(row), row]));
    for (const row of truth.kpis[kpi].rows) {
      const got = answers.get(keyOf(row)) ?? {};
      rows++;
      for (const [name, wanted] of Object.entries(row))
        if (!KEYS.includes(name) && !(Math.abs(got[name] - wanted) < HALF_MS))
          found.push(`${kpi} ${keyOf(row)}: ${name} is ${got[name]}, in truth ${wanted}`);
    }
  }
  return { rows, found };
}
