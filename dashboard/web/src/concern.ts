// SPDX-License-Identifier: EUPL-1.2
// concern: which services need attention, the most urgent first.
import type { Answer, State, Target } from './api';
import { changeOf, figureIn, stateOf, targetFor, type Change, type Figure } from './figure';

/** In the order of urgency. */
export const SITUATIONS = ['over', 'slower', 'faster', 'met', 'same', 'new', 'few', 'none'] as const;
export type Situation = (typeof SITUATIONS)[number];

export interface ServiceConcern {
  readonly service: string;
  readonly now: Figure | null;
  readonly state: State;
  readonly change: Change;
  readonly target: number | null;
  readonly situation: Situation;
}

export function concernsOf(now: Answer, then: Answer, targets: readonly Target[]): ServiceConcern[] {
  const before = new Map(then.rows.map((row) => [row['service'], row]));
  return now.rows
    .filter((row) => typeof row['service'] === 'string')
    .map((row): ServiceConcern => {
      const service = row['service'] as string;
      const figure = figureIn(row);
      const change = changeOf(figure, figureIn(before.get(service)), now.definition.direction);
      const target = targetFor(targets, now.definition.id, service)?.value ?? null;
      const state = stateOf(row);
      return { service, now: figure, state, change, target, situation: situationOf(figure, change, target) };
    })
    .sort((a, b) => SITUATIONS.indexOf(a.situation) - SITUATIONS.indexOf(b.situation) || weight(b) - weight(a));
}

function situationOf(now: Figure | null, change: Change, target: number | null): Situation {
  if (!now) return 'none';
  if (now.state === 'few') return 'few';
  if (target !== null && now.value > target) return 'over';
  if (change.verdict === 'worse') return 'slower';
  if (change.verdict === 'better') return 'faster';
  if (target !== null) return 'met';
  return change.verdict === 'same' ? 'same' : 'new';
}

/** Among equals: how far over the target, else how many people it concerns. */
function weight({ now, target, situation }: ServiceConcern): number {
  if (situation === 'over') return now!.value / target!;
  return now?.n ?? 0;
}
