// SPDX-License-Identifier: EUPL-1.2
// time_chart: one figure month by month with its spread. A band, a line, a dashed line, a target.
// Labels stand beside the plot, never on it. Arrow keys and pointer choose a month to read.
import { scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';
import { useId, useState } from 'preact/hooks';

import { useWidth } from '../width';
import type { Words } from '../words';

export interface TimePoint {
  readonly month: string;
  readonly value: number | null;
  readonly low: number | null; // of the band
  readonly high: number | null;
  readonly top: number | null; // of the dashed line
  readonly isFew: boolean;
}

/** What happened: a line, and its words below. */
export interface Mark {
  readonly at: number; // months from the middle of the first
  readonly text: string;
}

interface TimeChartProps {
  readonly words: Words;
  readonly points: readonly TimePoint[]; // in the unit that is read
  readonly names: { readonly value: string; readonly band: string; readonly top?: string };
  readonly say: (value: number) => string; // with its unit
  readonly sayTick?: (value: number) => string; // default: the number alone
  readonly target: number | null;
  /** Months that do not hold yet, `to` excluded: drawn lighter on a hatched ground, and said below. */
  readonly unsettled?: { readonly from: number; readonly to: number; readonly caption: string } | null;
  readonly marks?: readonly Mark[];
  readonly label: string; // the question that the chart answers
  readonly summary: string; // the chart in words
  readonly readout: (point: TimePoint) => string;
  readonly height?: number; // at most, where there is room for it
}

const HEIGHT = 280; // unless another is asked for
const MARGIN = { top: 14, bottom: 30, tick: 44, edge: 10 };
const LABEL_WIDTH = 150;
const LABELS_FROM = 560; // narrower: a legend above instead of labels beside
const LABEL_STEP = 18;
const MONTH_WIDTH = 42;

export function TimeChart(props: TimeChartProps) {
  const { words, points, names, say, target, unsettled, marks = [], label, summary, readout } = props;
  const [ref, width] = useWidth<HTMLDivElement>();
  const [cursor, setCursor] = useState<number | null>(null);
  const summaryId = useId();
  const hatchId = useId();
  const rtl = words.dir === 'rtl';
  const height = Math.min(props.height ?? HEIGHT, Math.max(HEIGHT, width * 0.75));
  const hasLabels = width >= LABELS_FROM;
  const start = MARGIN.tick;
  const end = width - (hasLabels ? LABEL_WIDTH : MARGIN.edge);
  const fromEdge = (at: number) => (rtl ? width - at : at);

  const x = scaleLinear([0, Math.max(1, points.length - 1)], [fromEdge(start), fromEdge(end)]);
  const highest = Math.max(0, target ?? 0, ...points.flatMap((p) => [p.value ?? 0, p.high ?? 0, p.top ?? 0]));
  const y = scaleLinear([0, highest || 1], [height - MARGIN.bottom, MARGIN.top]).nice(4);
  const ticks = y.ticks(4);

  const isKnown = (pick: (p: TimePoint) => number | null) => (p: TimePoint) => pick(p) !== null;
  const pathOf = (pick: (p: TimePoint) => number | null) =>
    line<TimePoint>()
      .defined(isKnown(pick))
      .x((_, at) => x(at))
      .y((p) => y(pick(p)!))(points) ?? '';
  const band = area<TimePoint>()
    .defined((p) => p.low !== null && p.high !== null)
    .x((_, at) => x(at))
    .y0((p) => y(p.low!))
    .y1((p) => y(p.high!))(points);

  const between = (at: number) => x(Math.max(0, Math.min(at - 0.5, points.length - 1)));
  const [veilFrom, veilTo] = [between(unsettled?.from ?? 0), between(unsettled?.to ?? 0)];
  const veil = {
    x: Math.min(veilFrom, veilTo),
    width: Math.abs(veilTo - veilFrom),
    y: MARGIN.top,
    height: y(0) - MARGIN.top,
  };

  const last = points.findLast((p) => p.value !== null);
  const every = Math.max(1, Math.ceil((points.length * MONTH_WIDTH) / Math.max(1, end - start)));
  const active = cursor === null ? null : (points[cursor] ?? null);
  const move = (step: number) => setCursor((at) => clamp((at ?? points.length - 1) + step, points.length));
  const onKeyDown = (event: KeyboardEvent) => {
    const forward = rtl ? 'ArrowLeft' : 'ArrowRight';
    const backward = rtl ? 'ArrowRight' : 'ArrowLeft';
    if (event.key === forward || event.key === 'ArrowUp') move(1);
    else if (event.key === backward || event.key === 'ArrowDown') move(-1);
    else if (event.key === 'Home') setCursor(0);
    else if (event.key === 'End') setCursor(points.length - 1);
    else return;
    event.preventDefault();
  };
  const onPointerMove = (event: PointerEvent) => {
    const box = ref.current!.getBoundingClientRect();
    setCursor(clamp(Math.round(x.invert(event.clientX - box.left)), points.length));
  };

  return (
    <div>
      <div class="chart-line" aria-hidden="true">
        {active ? (
          <span class="readout">{readout(active)}</span>
        ) : (
          width > 0 && !hasLabels && <Legend {...props} />
        )}
      </div>
      <p class="kern-sr-only" id={summaryId}>
        {summary}
      </p>
      <div
        class="time-chart"
        ref={ref}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-describedby={summaryId}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={points.length - 1}
        aria-valuenow={cursor ?? points.length - 1}
        aria-valuetext={readout(active ?? points[points.length - 1]!)}
        onKeyDown={onKeyDown}
        onBlur={() => setCursor(null)}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setCursor(null)}
      >
        {width > 0 && (
          <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
            {ticks.map((tick) => (
              <g key={tick}>
                <line class="grid-line" x1={fromEdge(start)} x2={fromEdge(end)} y1={y(tick)} y2={y(tick)} />
                <text class="tick" x={fromEdge(start - 10)} y={y(tick) + 4} text-anchor="end">
                  {props.sayTick?.(tick) ?? words.number(tick, 2)}
                </text>
              </g>
            ))}
            {points.map((point, at) =>
              (points.length - 1 - at) % every === 0 ? (
                <text class="tick" key={point.month} x={x(at)} y={height - 8} text-anchor="middle">
                  {monthTick(words, point.month, at < every)}
                </text>
              ) : null,
            )}
            <path class="band" d={band ?? ''} />
            {target !== null && (
              <line class="target-line" x1={fromEdge(start)} x2={fromEdge(end)} y1={y(target)} y2={y(target)} />
            )}
            {names.top && <path class="top-line" d={pathOf((p) => p.top)} />}
            <path class="median-line" d={pathOf((p) => p.value)} />
            {points.map((point, at) =>
              point.value !== null && (point.isFew || isAlone(points, at)) ? (
                <circle class="few-dot" key={point.month} cx={x(at)} cy={y(point.value)} r={3.5} />
              ) : null,
            )}
            {unsettled && (
              <g>
                <pattern id={hatchId} width={7} height={7} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                  <line class="hatch" x1={0} x2={0} y1={0} y2={7} />
                </pattern>
                <rect class="veil" {...veil} />
                <rect {...veil} fill={`url(#${hatchId})`} />
              </g>
            )}
            {marks.map(({ at, text }) => (
              <line class="mark-line" key={text} x1={x(at)} x2={x(at)} y1={MARGIN.top} y2={y(0)} />
            ))}
            {active && cursor !== null && (
              <g>
                <line class="cursor-line" x1={x(cursor)} x2={x(cursor)} y1={MARGIN.top} y2={y(0)} />
                {active.value !== null && <circle class="median-dot" cx={x(cursor)} cy={y(active.value)} r={4.5} />}
              </g>
            )}
            {hasLabels &&
              last &&
              sideLabels(last, target, names, say, words, y).map(({ text, kind, at }) => (
                <text class={`side-label ${kind}`} key={kind} x={fromEdge(end + 12)} y={at + 4} text-anchor="start">
                  {text}
                </text>
              ))}
          </svg>
        )}
      </div>
      {unsettled && (
        <p class="unsettled">
          <svg class="unsettled-sign" width={16} height={12} viewBox="0 0 16 12" aria-hidden="true">
            <path class="hatch" d="M1 11 11 1M6 12 15 3M0 6 6 0" />
          </svg>
          {unsettled.caption}
        </p>
      )}
      {marks.map(({ text }) => (
        <p class="unsettled" key={text}>
          <svg class="unsettled-sign" width={16} height={12} viewBox="0 0 16 12" aria-hidden="true">
            <path class="mark-line" d="M8 0V12" />
          </svg>
          {text}
        </p>
      ))}
    </div>
  );
}

function Legend({ names, words, say, target }: TimeChartProps) {
  return (
    <ul class="legend">
      <li class="key-median">{names.value}</li>
      <li class="key-band">{names.band}</li>
      {names.top && <li class="key-top">{names.top}</li>}
      {target !== null && <li class="key-target">{words.say('chart.target', { value: say(target) })}</li>}
    </ul>
  );
}

interface SideLabel {
  readonly text: string;
  readonly kind: 'label-value' | 'label-band' | 'label-top' | 'label-target';
  at: number;
}

/** What the lines are, at the height where they end, moved apart until none covers another. */
function sideLabels(
  last: TimePoint,
  target: number | null,
  names: TimeChartProps['names'],
  say: (value: number) => string,
  words: Words,
  y: (value: number) => number,
): SideLabel[] {
  const labels: SideLabel[] = [{ text: `${names.value} ${say(last.value!)}`, kind: 'label-value', at: y(last.value!) }];
  if (last.high !== null && last.low !== null)
    labels.push({ text: names.band, kind: 'label-band', at: y(last.value! + (last.high - last.value!) * 0.75) });
  if (names.top && last.top !== null) labels.push({ text: names.top, kind: 'label-top', at: y(last.top) });
  if (target !== null)
    labels.push({ text: words.say('chart.target', { value: say(target) }), kind: 'label-target', at: y(target) });
  labels.sort((a, b) => b.at - a.at);
  let floor = y(0) + LABEL_STEP;
  for (const label of labels) floor = label.at = Math.min(label.at, floor - LABEL_STEP);
  return labels;
}

/** The year is said once where it begins. */
function monthTick(words: Words, month: string, isFirst: boolean): string {
  const name = words.month(month, 'short');
  return isFirst || month.endsWith('-01') ? `${name} ${month.slice(2, 4)}` : name;
}

/** A month between two without data: no line leads to it. */
function isAlone(points: readonly TimePoint[], at: number): boolean {
  return (points[at - 1]?.value ?? null) === null && (points[at + 1]?.value ?? null) === null;
}

function clamp(at: number, length: number): number {
  return Math.max(0, Math.min(length - 1, at));
}
