// SPDX-License-Identifier: EUPL-1.2
// The questions that the page of a municipality asks when it is opened, as dashboard/web/src asks them
// (view.ts, headline.ts, panels/*): each address once.

const HEADLINES = [
  { kpi: 'processing_time', stat: 'p25,p50,p75,p90', looksBack: true },
  { kpi: 'abandonment' },
  { kpi: 'no_show' },
  { kpi: 'waiting_time', stat: 'p50,p90' },
  { kpi: 'digital_take_up' },
  { kpi: 'satisfaction' },
  { kpi: 'booking_lead_time', stat: 'p50,p90', looksBack: true },
];

const day = (month) => `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}-01`;

// `start` counts months since year 0; `months` is 1, 3 or 12; without a service: all of them.
export function questionsOfPage({ tenant, service = '', start, months, lang = 'de' }) {
  const span = (first, length) => ({ from: day(first), to: day(first + length) });
  const path = (kpi, words) => {
    const all = { tenant, service, lang, ...words };
    return `/v1/kpis/${kpi}?${new URLSearchParams(Object.entries(all).filter(([, value]) => value))}`;
  };
  const now = span(start, months), then = span(start - 12, months), course = span(start - 12, months + 12);
  const concerns = { service: '', by: 'service', stat: 'p50,p90' };
  const paths = ['/v1/dimensions'];
  for (const { kpi, stat, looksBack } of HEADLINES) {
    paths.push(path(kpi, { ...now, stat }), path(kpi, { ...then, stat }), path(kpi, { ...course, stat, by: 'month' }));
    if (looksBack) paths.push(path(kpi, { stat: 'p90' }));
  }
  paths.push(path('processing_time', { ...now, ...concerns }), path('processing_time', { ...then, ...concerns }),
    path('processing_time', { ...concerns, stat: 'p90' }), path('abandonment', { ...now, by: 'service' }),
    path('funnel', now), path('roi', now), '/v1/status', '/v1/kpis');
  return [...new Set(paths)];
}
