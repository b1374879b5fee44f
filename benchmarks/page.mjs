// SPDX-License-Identifier: EUPL-1.2
// The questions that the page of a municipality asks when it is opened, as dashboard/web/src asks them
// (view.ts, headline.ts, panels/*): each address once. dashboard/web/tests/page.test.mjs compares them.

const CARDS = [
  { kpi: 'processing_time', stat: 'p25,p50,p75,p90', looksBack: true },
  { kpi: 'abandonment' },
  { kpi: 'no_show' },
  { kpi: 'waiting_time', stat: 'p50,p90' },
  { kpi: 'digital_take_up' },
  { kpi: 'satisfaction' },
];
const APPOINTMENTS = [
  { kpi: 'left_before_call' },
  { kpi: 'booking_lead_time', stat: 'p50,p90', looksBack: true },
  { kpi: 'third_next_available', stat: 'p50,p90' },
];

const monthText = (month) => `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}`;
const day = (month) => `${monthText(month)}-01`;

function periodText(start, months) {
  if (months === 12) return monthText(start).slice(0, 4);
  return months === 3 ? `${monthText(start).slice(0, 4)}-Q${Math.floor((start % 12) / 3) + 1}` : monthText(start);
}

// `start` counts months since year 0; `months` is 1, 3 or 12; without a service: all of them. `form`: the
// service whose form loses the most people, where none is chosen. `whole`: the first month that lies wholly
// within the data; without assumptions nobody asks for costs and benefits.
export function questionsOfPage({ tenant, service = '', form = service, start, months, whole, hasAssumptions = true, lang = 'de' }) {
  const span = (first, length) => ({ from: day(first), to: day(first + length) });
  const path = (kpi, words) => {
    const all = { tenant, service, lang, ...words };
    return `/v1/kpis/${kpi}?${new URLSearchParams(Object.entries(all).filter(([, value]) => value))}`;
  };
  const now = span(start, months), then = span(start - 12, months), course = span(start - 12, months + 12);
  const paths = ['/v1/dimensions', '/v1/status', '/v1/kpis', '/v1/pilots'];
  for (const { kpi, stat, looksBack } of [...CARDS, ...APPOINTMENTS]) {
    paths.push(path(kpi, { ...now, stat }), path(kpi, { ...then, stat }), path(kpi, { ...course, stat, by: 'month' }),
      path(`${kpi}/sentence`, { period: periodText(start, months), compare: 'year' }));
    if (looksBack) paths.push(path(kpi, { stat: 'p90' }));
  }
  const concerns = { service: '', by: 'service', stat: 'p50,p90' };
  paths.push(path('processing_time', { ...now, ...concerns }), path('processing_time', { ...then, ...concerns }),
    path('processing_time', { service: '', by: 'service', stat: 'p90' }),
    path('waiting_time', { ...course, by: 'weekday,hour_of_day', stat: 'p50' }),
    path('due', {}), path('backlog', {}), path('sla_share', now), path('funnel', { ...now, service: form }));
  if (!service) paths.push(path('abandonment', { ...now, by: 'service' }));
  if (hasAssumptions) {
    const measured = { from: day(Math.min(whole, start + months - 1)), to: now.to };
    paths.push(path('roi', measured), path('roi', { ...measured, section: 'scenarios,sensitivity,monte_carlo,plan_actual' }));
  }
  return [...new Set(paths)];
}
