// SPDX-License-Identifier: EUPL-1.2
// roi: what an answer says about costs and benefits, year by year and in sum.
import type { Answer } from './api';
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
