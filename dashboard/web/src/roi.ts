// SPDX-License-Identifier: EUPL-1.2
// roi: what an answer says about costs and benefits, year by year and in sum.
import type { Answer, Row } from './api';
import { numberIn } from './figure';

export interface RoiYear {
  readonly year: number;
  readonly cost: number;
  readonly benefit: number;
  readonly net: number;
  readonly cumulative: number;
}

export interface RoiReading {
  readonly years: readonly RoiYear[];
  readonly npv: number | null;
  readonly npvLow: number | null;
  readonly npvHigh: number | null;
  readonly npvBudget: number | null;
  readonly ratio: number | null;
  readonly payback: number | null; // years; null: not reached
  /** What is missing only adds benefits: that it pays off holds without it, that it does not does not. */
  readonly isEarly: boolean;
  readonly incomplete: number; // services that lack minutes or volumes, and count as nothing
  readonly citizenHours: number | null; // a year; not money
}

export function readRoi(answer: Answer): RoiReading {
  const years = answer.rows
    .filter((row) => row['kind'] === 'year')
    .map((row) => ({
      year: numberIn(row, 'year')!,
      cost: numberIn(row, 'cost') ?? 0,
      benefit: numberIn(row, 'benefit') ?? 0,
      net: numberIn(row, 'net') ?? 0,
      cumulative: numberIn(row, 'cumulative') ?? 0,
    }));
  const sum = answer.rows.find((row) => row['kind'] === 'total');
  const total = (column: string) => numberIn(sum, column);
  const incomplete = total('incomplete_services') ?? 0;
  const payback = total('payback_static');
  return {
    years,
    npv: total('npv'),
    npvLow: total('npv_lo'),
    npvHigh: total('npv_hi'),
    npvBudget: total('npv_budget'),
    ratio: total('value'),
    payback,
    isEarly: payback === null && incomplete > 0,
    incomplete,
    citizenHours: citizenHours(answer),
  };
}

function citizenHours(answer: Answer): number | null {
  const hours = answer.rows
    .filter((row) => row['kind'] === 'service')
    .map((row) => numberIn(row, 'citizen_hours_saved'))
    .filter((value) => value !== null);
  return hours.length === 0 ? null : hours.reduce((sum, value) => sum + value, 0);
}

/** What may come out: of a variant in all scenarios, or of many draws. In money, present value. */
export interface RoiRange {
  readonly variant: string; // "": the only one
  readonly isChosen: boolean;
  readonly low: number; // of the worst scenario
  readonly expected: number;
  readonly high: number;
}

export interface RoiBar {
  readonly input: string;
  readonly low: number; // net present value with a fifth less of it
  readonly high: number;
}

export interface RoiDraws {
  readonly low: number;
  readonly expected: number;
  readonly high: number;
  readonly sharePositive: number;
  readonly draws: number;
}

export interface RoiComparison {
  readonly figure: string;
  readonly year: number;
  readonly service: string | null;
  readonly position: string | null;
  readonly unit: string;
  readonly planned: number;
  readonly actual: number;
  readonly observed: number; // share of the year
}

function sectionOf(answer: Answer, name: string): readonly Row[] {
  return answer.sections?.[name]?.rows ?? [];
}

/** One range for each variant, in the order of the file. */
export function readRanges(answer: Answer): RoiRange[] {
  const rows = sectionOf(answer, 'scenarios').filter((row) => numberIn(row, 'npv') !== null);
  const variants = [...new Set(rows.map((row) => String(row['variant'] ?? '')))];
  return variants.flatMap((variant) => {
    const own = rows.filter((row) => String(row['variant'] ?? '') === variant);
    const expected = own.find((row) => row['scenario'] === 'expected');
    if (!expected) return [];
    const values = own.map((row) => numberIn(row, 'npv')!);
    return [
      {
        variant,
        isChosen: expected['chosen'] === 'yes',
        low: Math.min(...values),
        expected: numberIn(expected, 'npv')!,
        high: Math.max(...values),
      },
    ];
  });
}

export function readBars(answer: Answer): RoiBar[] {
  return sectionOf(answer, 'sensitivity').flatMap((row) => {
    const low = numberIn(row, 'npv_low');
    const high = numberIn(row, 'npv_high');
    return low === null || high === null ? [] : [{ input: String(row['input']), low, high }];
  });
}

export function readDraws(answer: Answer): RoiDraws | null {
  const row = sectionOf(answer, 'monte_carlo')[0];
  const [low, expected, high] = [numberIn(row, 'lo'), numberIn(row, 'value'), numberIn(row, 'hi')];
  if (low === null || expected === null || high === null) return null;
  return { low, expected, high, sharePositive: numberIn(row, 'share_positive') ?? 0, draws: numberIn(row, 'draws') ?? 0 };
}

/** What was planned and can be set against it; the largest departures first. */
export function readComparisons(answer: Answer): RoiComparison[] {
  return sectionOf(answer, 'plan_actual')
    .flatMap((row) => {
      const [planned, actual] = [numberIn(row, 'planned'), numberIn(row, 'actual')];
      const isComparable = numberIn(row, 'difference') !== null && row['figure'] !== 'npv';
      if (planned === null || actual === null || !isComparable) return [];
      return [
        {
          figure: String(row['figure']),
          year: numberIn(row, 'year') ?? 0,
          service: typeof row['service'] === 'string' ? row['service'] : null,
          position: typeof row['position'] === 'string' ? row['position'] : null,
          unit: String(row['unit']),
          planned,
          actual,
          observed: numberIn(row, 'observed') ?? 1,
        },
      ];
    })
    .sort((a, b) => departure(b) - departure(a));
}

function departure({ planned, actual }: RoiComparison): number {
  return planned === 0 ? Number.MAX_VALUE : Math.abs(actual / planned - 1);
}
