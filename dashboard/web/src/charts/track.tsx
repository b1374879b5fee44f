// SPDX-License-Identifier: EUPL-1.2
// track: a bar on an axis that several rows share; what it says stands beside it in words.

export interface Span {
  readonly low: number;
  readonly high: number;
}

/** Shares of the room from the least to the most, zero among them. */
export function axisOf(spans: readonly Span[]): (value: number) => number {
  const least = Math.min(0, ...spans.map(({ low, high }) => Math.min(low, high)));
  const most = Math.max(0, ...spans.map(({ low, high }) => Math.max(low, high)));
  return (value) => (most === least ? 0 : ((value - least) / (most - least)) * 100);
}

interface TrackProps extends Span {
  readonly at: (value: number) => number;
  readonly mark: number;
}

/** With zero and a mark. */
export function Track({ at, low, high, mark }: TrackProps) {
  const from = Math.min(at(low), at(high));
  const to = Math.max(at(low), at(high));
  return (
    <span class="track" aria-hidden="true">
      <span class="track-bar" style={{ insetInlineStart: `${from}%`, inlineSize: `${to - from}%` }} />
      <span class="track-zero" style={{ insetInlineStart: `${at(0)}%` }} />
      <span class="track-mark" style={{ insetInlineStart: `${at(mark)}%` }} />
    </span>
  );
}
