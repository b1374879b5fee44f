// SPDX-License-Identifier: EUPL-1.2
// figure: a number of an answer with what it rests on, and what two of them say together.
import type { Answer, Direction, Row, State, Target, Told } from './api';

export interface Figure {
  readonly value: number;
  readonly lo: number | null;
  readonly hi: number | null;
  readonly n: number | null;
  readonly open: number | null;
  readonly state: State;
}

export function numberIn(row: Row | undefined, column: string): number | null {
  const cell = row?.[column];
  return typeof cell === 'number' && Number.isFinite(cell) ? cell : null;
}

export function stateOf(row: Row | undefined): State {
  return (row?.['state'] as State | undefined) ?? 'no_data';
}

/** null: there is no value, and the row's state says why. */
export function figureIn(row: Row | undefined, column = 'value'): Figure | null {
  const value = numberIn(row, column);
  const state = stateOf(row);
  if (value === null || state === 'no_data' || state === 'suppressed') return null;
  const own = column === 'value';
  return {
    value,
    lo: own ? numberIn(row, 'lo') : null,
    hi: own ? numberIn(row, 'hi') : null,
    n: numberIn(row, 'n'),
    open: numberIn(row, 'open'),
    state,
  };
}

/** usual: more than chance, but no more than the figure changes anyway */
export type Verdict = 'better' | 'worse' | 'same' | 'usual' | 'unknown';

export interface Change {
  readonly verdict: Verdict;
  readonly delta: number; // now - then
}

export const UNKNOWN: Change = { verdict: 'unknown', delta: 0 };

const RELATIVE_NOISE = 0.03; // when no interval is known

/**
 * A change is better or worse when the 95 % interval of the difference leaves out zero and it is not
 * known to be within normal variation: the server tells where the past is long enough.
 */
export function changeOf(now: Figure | null, then: Figure | null, direction: Direction, told: Told = 'unknown'): Change {
  if (!now || !then) return UNKNOWN;
  const delta = now.value - then.value;
  if (!isBeyondChance(now, then)) return { verdict: 'same', delta };
  if (told === 'normal') return { verdict: 'usual', delta };
  if (direction === 'neutral') return { verdict: 'same', delta };
  return { verdict: delta < 0 === (direction === 'lower') ? 'better' : 'worse', delta };
}

/** The interval of a difference from the intervals of its two sides (Newcombe's square-and-add). */
function isBeyondChance(a: Figure, b: Figure): boolean {
  const delta = a.value - b.value;
  if (a.lo === null || a.hi === null || b.lo === null || b.hi === null)
    return Math.abs(delta) > RELATIVE_NOISE * Math.max(Math.abs(a.value), Math.abs(b.value));
  const low = delta - Math.hypot(a.value - a.lo, b.hi - b.value);
  const high = delta + Math.hypot(a.hi - a.value, b.value - b.lo);
  return low > 0 || high < 0;
}

const HEADLINE_STATS = ['value', 'p50', 'mean'];

/** The most specific target of the headline figure: that of the service before that of all. */
export function targetFor(targets: readonly Target[], kpi: string, service: string): Target | null {
  const fitting = targets.filter(
    (t) => t.kpi === kpi && HEADLINE_STATS.includes(t.stat) && (t.service === null || t.service === service),
  );
  return fitting.find((t) => t.service !== null) ?? fitting[0] ?? null;
}

export function isMet(value: number, target: number, direction: Direction): boolean {
  return direction === 'higher' ? value >= target : value <= target;
}

/** Rows by month, for every month asked for, whether or not it has a row. */
export function rowsByMonth(answer: Answer, months: readonly string[]): (Row | undefined)[] {
  const rows = new Map(answer.rows.map((row) => [row['month'], row]));
  return months.map((month) => rows.get(month));
}
