// SPDX-License-Identifier: EUPL-1.2
// headline: the KPIs that open the page, in their order, and how one speaks of each.
import type { TextKey } from './words';

export type Manner = 'speed' | 'length' | 'amount' | 'rating';

export interface Headline {
  readonly kpi: string;
  readonly stat?: string; // quantiles to ask for
  readonly isMedian: boolean;
  readonly manner: Manner; // "faster", "shorter", "less", "better"
  readonly basis: TextKey & `basis.${string}`; // what n counts
  /** It measures back from its end: of what the long ones are missing while the data are young. */
  readonly looksBack?: 'case' | 'appointment';
}

export const PROCESSING_TIME: Headline = {
  kpi: 'processing_time',
  stat: 'p25,p50,p75,p90',
  isMedian: true,
  manner: 'speed',
  basis: 'basis.case',
  looksBack: 'case',
};
export const ABANDONMENT: Headline = { kpi: 'abandonment', isMedian: false, manner: 'amount', basis: 'basis.attempt' };
export const NO_SHOW: Headline = { kpi: 'no_show', isMedian: false, manner: 'amount', basis: 'basis.appointment' };
export const WAITING_TIME: Headline = {
  kpi: 'waiting_time',
  stat: 'p50,p90',
  isMedian: true,
  manner: 'length',
  basis: 'basis.visit',
};
export const LEAD_TIME: Headline = {
  kpi: 'booking_lead_time',
  stat: 'p50,p90',
  isMedian: true,
  manner: 'length',
  basis: 'basis.appointment',
  looksBack: 'appointment',
};
export const LEFT_BEFORE_CALL: Headline = { kpi: 'left_before_call', isMedian: false, manner: 'amount', basis: 'basis.arrival' };
export const THIRD_NEXT: Headline = {
  kpi: 'third_next_available',
  stat: 'p50,p90',
  isMedian: true,
  manner: 'length',
  basis: 'basis.sample',
};
export const ONLINE_SHARE: Headline = { kpi: 'digital_take_up', isMedian: false, manner: 'amount', basis: 'basis.case' };
export const SATISFACTION: Headline = { kpi: 'satisfaction', isMedian: false, manner: 'rating', basis: 'basis.rating' };

export const HEADLINES: readonly Headline[] = [
  PROCESSING_TIME,
  ABANDONMENT,
  NO_SHOW,
  WAITING_TIME,
  ONLINE_SHARE,
  SATISFACTION,
];
