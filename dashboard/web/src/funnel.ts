// SPDX-License-Identifier: EUPL-1.2
// funnel: the pages of a form, how many reach each and how many give up there.
import type { Answer } from './api';
import { numberIn } from './figure';

export interface FunnelStep {
  readonly step: string; // as in the data
  readonly name: string; // as people read it
  readonly reach: number;
  readonly reachShare: number; // of those who started
  readonly drop: number;
  readonly dropOfStarted: number;
  readonly errors: number | null;
}

export function funnelSteps(answer: Answer, nameOf: (step: string) => string): FunnelStep[] {
  const rows = [...answer.rows].sort((a, b) => (numberIn(a, 'position') ?? 0) - (numberIn(b, 'position') ?? 0));
  const first = numberIn(rows[0], 'reach') ?? 0;
  if (first === 0) return [];
  return rows.map((row) => {
    const step = String(row['step'] ?? '');
    const reach = numberIn(row, 'reach') ?? 0;
    const drop = numberIn(row, 'drop') ?? 0;
    return {
      step,
      name: nameOf(step),
      reach,
      reachShare: reach / first,
      drop,
      dropOfStarted: drop / first,
      errors: numberIn(row, 'errors'),
    };
  });
}

const HOT_PEOPLE_LEAST = 5; // fewer, or a smaller share, and it may be chance
const HOT_SHARE_LEAST = 0.03;

/** The page that loses the most people; there is one at most. */
export function hotStep(steps: readonly FunnelStep[]): FunnelStep | null {
  const pages = steps.filter(
    ({ step, drop, dropOfStarted }) =>
      step !== 'submitted' && drop >= HOT_PEOPLE_LEAST && dropOfStarted >= HOT_SHARE_LEAST,
  );
  return pages.reduce<FunnelStep | null>((hot, page) => (hot && hot.drop >= page.drop ? hot : page), null);
}
