// SPDX-License-Identifier: EUPL-1.2
// basis: whether the data reach back far enough for a period's figure to be judged and compared.
// What measures back from its end, as the age of cases closed in a month does, lacks the long ones
// as long as the data are young: such a figure is too low, and rises by itself.
import { monthOf, type Period } from './period';

/** How far back the data behind a figure reach. */
export interface Reach {
  readonly first: string; // the first event
  readonly zone: string;
  /** Seconds back from its end that nine of ten of what is measured reach; null: it looks at the period alone. */
  readonly span: number | null;
}

/** `begins`: the data begin within the period or after it. `long`: too shortly before it for what takes long. */
export type Gap = 'begins' | 'long';

/** What a period lacks; null: nothing. */
export function gapOf({ start }: Period, reach: Reach): Gap | null {
  if (start <= lastMonthBegun(reach, 0)) return 'begins';
  return reach.span !== null && start <= lastMonthBegun(reach, reach.span) ? 'long' : null;
}

/** The last month that lacks what takes long; figures of later months hold. null: there is none such. */
export function lastUnsettled(reach: Reach): number | null {
  return reach.span === null ? null : lastMonthBegun(reach, reach.span);
}

/** The first month that lies wholly within the data. */
export function firstWhole(reach: Reach): number {
  return lastMonthBegun(reach, 0) + 1;
}

/** The last month that began less than so long after the first event. */
function lastMonthBegun({ first, zone }: Reach, seconds: number): number {
  const instant = new Date(first).getTime() + seconds * 1000;
  return monthOf(new Date(Math.ceil(instant) - 1).toISOString(), zone).month;
}
