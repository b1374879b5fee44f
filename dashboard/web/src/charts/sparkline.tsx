// SPDX-License-Identifier: EUPL-1.2
// sparkline: the course of one figure in the space of a line of text; the target is dotted.
import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';

import { useWidth } from '../width';

interface SparklineProps {
  readonly values: readonly (number | null)[];
  readonly unsettled: number; // of them, at the beginning, that do not hold yet: drawn lighter
  readonly target: number | null;
  readonly label: string; // says the course in words
  readonly rtl: boolean;
}

const HEIGHT = 46;
const EDGE = 5;

export function Sparkline({ values, unsettled, target, label, rtl }: SparklineProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const known = values.filter((value) => value !== null);
  const extent = target === null ? known : [...known, target];
  const ends = rtl ? [width - EDGE, EDGE] : [EDGE, width - EDGE];
  const x = scaleLinear([0, Math.max(1, values.length - 1)], ends);
  const low = Math.min(...extent);
  const high = Math.max(...extent);
  const y = scaleLinear([low, high === low ? low + 1 : high], [HEIGHT - EDGE, EDGE]);
  const path = line<number | null>()
    .defined((value) => value !== null)
    .x((_, at) => x(at))
    .y((value) => y(value!));
  const last = values.findLastIndex((value) => value !== null);
  const veil = x(Math.min(unsettled - 0.5, values.length - 1)); // where it ends

  return (
    <div class="sparkline" ref={ref}>
      {width > 0 && known.length > 0 && (
        <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={label}>
          {target !== null && <line class="target-line" x1={0} x2={width} y1={y(target)} y2={y(target)} />}
          <path class="median-line" d={path(values) ?? ''} />
          {unsettled > 0 && <rect class="veil" x={rtl ? veil : 0} width={rtl ? width - veil : veil} height={HEIGHT} />}
          <circle class="median-dot" cx={x(last)} cy={y(values[last]!)} r={3.5} />
        </svg>
      )}
    </div>
  );
}
