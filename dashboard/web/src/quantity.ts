// SPDX-License-Identifier: EUPL-1.2
// quantity: from the units of the API (seconds, ratios) to those that people say (days, percent).

export interface Scale {
  readonly name: 'second' | 'minute' | 'hour' | 'day' | 'workday' | 'percent' | 'euro' | 'count' | 'of5';
  /** Value of one of it in the API's unit. */
  readonly size: number;
}

const TIMES: readonly [number, Scale][] = [
  [86400, { name: 'day', size: 86400 }],
  [5400, { name: 'hour', size: 3600 }],
  [90, { name: 'minute', size: 60 }],
  [0, { name: 'second', size: 1 }],
];

/** The unit in which a magnitude is best said; a whole chart or table uses one. */
export function scaleFor(unit: string, magnitude: number): Scale {
  switch (unit) {
    case 's':
      return TIMES.find(([least]) => Math.abs(magnitude) >= least)![1];
    case 'days': // counted, not measured
      return { name: 'day', size: 1 };
    case 'working_days':
      return { name: 'workday', size: 1 };
    case 'ratio':
      return { name: 'percent', size: 0.01 };
    case 'EUR':
      return { name: 'euro', size: 1 };
    case 'score':
      return { name: 'of5', size: 1 };
    default:
      return { name: 'count', size: 1 };
  }
}

/** Measured in seconds. */
export function isTime(scale: Scale): boolean {
  return TIMES.some(([, time]) => time === scale);
}

/** As many digits as one reads: 8.1, but 46, 9,920 and 184,000. */
export function roundForReading(value: number): number {
  const size = Math.abs(value);
  if (size < 9.95) return Math.round(value * 10) / 10;
  if (size < 1000) return Math.round(value);
  const step = 10 ** (Math.floor(Math.log10(size)) - 2);
  return Math.round(value / step) * step;
}

export function quantityOf(value: number, scale: Scale): number {
  const quantity = value / scale.size;
  // Counts are exact: nothing of them is rounded away.
  return scale.name === 'count' ? Math.round(quantity * 10) / 10 : roundForReading(quantity) + 0;
}
