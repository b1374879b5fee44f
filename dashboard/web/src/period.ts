// SPDX-License-Identifier: EUPL-1.2
// period: a month, quarter or year of the calendar. Pure arithmetic on year and month; where a day
// begins is the server's business, in the tenant's zone.

export interface Period {
  readonly months: 1 | 3 | 12;
  /** Months since year 0; the first of the period. */
  readonly start: number;
}

/** "2026-10", "2026-Q4", "2026"; null: none of them. */
export function parsePeriod(text: string): Period | null {
  const match = /^(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?$/.exec(text);
  if (!match) return null;
  const year = Number(match[1]) * 12;
  if (match[2]) return { months: 3, start: year + (Number(match[2]) - 1) * 3 };
  if (match[3]) return { months: 1, start: year + Number(match[3]) - 1 };
  return { months: 12, start: year };
}

export function periodText({ months, start }: Period): string {
  if (months === 12) return yearOf(start);
  if (months === 3) return `${yearOf(start)}-Q${Math.floor((start % 12) / 3) + 1}`;
  return monthText(start);
}

/** "2026-10" */
export function monthText(month: number): string {
  return `${yearOf(month)}-${String((month % 12) + 1).padStart(2, '0')}`;
}

function yearOf(month: number): string {
  return String(Math.floor(month / 12)).padStart(4, '0');
}

/** The day a month begins, as the API takes it. */
export function monthStart(month: number): string {
  return `${monthText(month)}-01`;
}

export function periodFrom(period: Period): string {
  return monthStart(period.start);
}

export function periodTo(period: Period): string {
  return monthStart(period.start + period.months);
}

export type Comparison = 'year' | 'before';

/** The equal period a year earlier, or the one just before. */
export function comparedPeriod({ months, start }: Period, comparison: Comparison): Period {
  return { months, start: start - (comparison === 'year' ? 12 : months) };
}

/** The months that a chart shows: from the same period a year ago to the end of this one. */
export function courseOf({ months, start }: Period): { from: string; to: string; months: string[] } {
  const first = start - 12;
  const end = start + months;
  return {
    from: monthStart(first),
    to: monthStart(end),
    months: Array.from({ length: end - first }, (_, at) => monthText(first + at)),
  };
}

/** The month of an instant in a zone. */
export function monthOf(instant: string, zone: string): { month: number; day: number; days: number } {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric', month: 'numeric', day: 'numeric' });
  const parts = format.formatToParts(new Date(instant)); // their order and signs differ between versions
  const number = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const year = number('year');
  const month = number('month');
  return { month: year * 12 + month - 1, day: number('day'), days: new Date(Date.UTC(year, month, 0)).getUTCDate() };
}

const RAGGED_DAYS = 3; // data that end this close to the end of a month count as the whole month

/** What a tenant's data allow to choose, newest first, and which period to open with. */
export function periodsOf(first: string, last: string, zone: string): { all: Period[]; latest: Period } {
  const begin = monthOf(first, zone);
  const end = monthOf(last, zone);
  const isWhole = end.day > end.days - RAGGED_DAYS;
  const latest = Math.max(begin.month, isWhole ? end.month : end.month - 1);
  const all: Period[] = [];
  for (const months of [1, 3, 12] as const)
    for (let start = end.month - (end.month % months); start + months > begin.month; start -= months)
      all.push({ months, start });
  return { all, latest: { months: 1, start: latest } };
}
