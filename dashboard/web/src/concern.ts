// SPDX-License-Identifier: EUPL-1.2
// concern: which services need attention, the most urgent first.
import type { Answer, Row, State, Target } from './api';
import type { Gap } from './basis';
import { changeOf, figureIn, stateOf, targetFor, UNKNOWN, type Change, type Figure } from './figure';

/** In the order of urgency. */
export const SITUATIONS = ['over', 'slower', 'faster', 'met', 'same', 'new', 'early', 'few', 'none'] as const;
export type Situation = (typeof SITUATIONS)[number];

export interface ServiceConcern {
  readonly service: string;
  readonly now: Figure | null;
  readonly state: State;
  readonly change: Change; // unknown where the data do not reach back far enough to tell
  readonly gap: Gap | null;
  readonly isSettled: boolean;
  readonly target: number | null;
  readonly situation: Situation;
}

/** What the data of a service are a basis for, see basis.ts. */
export type Judge = (service: string, now: Row) => { readonly gap: Gap | null; readonly isSettled: boolean };

export function concernsOf(now: Answer, then: Answer, targets: readonly Target[], judge: Judge): ServiceConcern[] {
  const before = new Map(then.rows.map((row) => [row['service'], row]));
  return now.rows
    .filter((row) => typeof row['service'] === 'string')
    .map((row): ServiceConcern => {
      const service = row['service'] as string;
      const figure = figureIn(row);
      const { gap, isSettled } = judge(service, row);
      const change = gap ? UNKNOWN : changeOf(figure, figureIn(before.get(service)), now.definition.direction);
      const target = targetFor(targets, now.definition.id, service)?.value ?? null;
      const situation = situationOf(figure, change, target, isSettled);
      return { service, now: figure, state: stateOf(row), change, gap, isSettled, target, situation };
    })
    .sort((a, b) => SITUATIONS.indexOf(a.situation) - SITUATIONS.indexOf(b.situation) || weight(b) - weight(a));
}

/** Over its target is true even while long cases are missing: they would only add to it. */
function situationOf(now: Figure | null, change: Change, target: number | null, isSettled: boolean): Situation {
  if (!now) return 'none';
  if (now.state === 'few') return 'few';
  if (target !== null && now.value > target) return 'over';
  if (!isSettled) return 'early';
  if (change.verdict === 'worse') return 'slower';
  if (change.verdict === 'better') return 'faster';
  if (target !== null) return 'met';
  return change.verdict === 'unknown' ? 'new' : 'same';
}

/** Among equals: how far over the target, how much slower, else how many people it concerns. */
function weight({ now, target, change, situation }: ServiceConcern): number {
  if (situation === 'over') return now!.value / target!;
  if (situation === 'slower') return now!.value / (now!.value - change.delta);
  return now?.n ?? 0;
}
