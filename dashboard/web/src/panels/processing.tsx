// SPDX-License-Identifier: EUPL-1.2
// processing: how long an application takes, with its spread, month by month.
import type { Answer } from '../api';
import { TimeChart, type TimePoint } from '../charts/time_chart';
import { numberIn, rowsByMonth, stateOf, targetFor } from '../figure';
import { PROCESSING_TIME } from '../headline';
import { Panel, sumOf } from '../panel';
import { courseOf } from '../period';
import { scaleFor, type Scale } from '../quantity';
import {
  askHeadline,
  countedPhrase,
  COURSE,
  courseName,
  headlineFigures,
  type HeadlineFigures,
  type Unsettled,
  type View,
} from '../view';
import type { TextKey } from '../words';
import { useMarks } from './pilots';

export function Processing({ view }: { view: View }) {
  const { words } = view;
  const heading = words.say('processing.heading');
  const figuresOf = (answers: readonly Answer[]) => headlineFigures(view, PROCESSING_TIME, answers);
  return (
    <Panel
      view={view}
      id="processing"
      heading={heading}
      caption={(answers) => {
        const unit = words.say(`unit.${scaleOf(answers?.[COURSE]).name}` as TextKey, { n: 5 });
        return words.capital(words.say('processing.caption', { unit, course: courseName(view) }));
      }}
      questions={askHeadline(view, PROCESSING_TIME)}
      about={[COURSE]}
      counted={(answers) =>
        countedPhrase(words, 'basis.case', sumOf(answers[COURSE]!, 'n'), sumOf(answers[COURSE]!, 'open'))
      }
      chart={(answers) => <Chart view={view} figures={figuresOf(answers)} label={heading} />}
      table={(answers) => <Table view={view} figures={figuresOf(answers)} />}
    />
  );
}

/** One unit for the whole axis: that of its highest value. Single figures are said each in their own. */
function scaleOf(answer: Answer | undefined): Scale {
  const values = (answer?.rows ?? []).map((row) => numberIn(row, 'p90') ?? 0);
  return scaleFor('s', Math.max(...values, 0) || 86400);
}

function Chart({ view, figures, label }: { view: View; figures: HeadlineFigures; label: string }) {
  const { words } = view;
  const { course: answer, unsettled } = figures;
  const scale = scaleOf(answer);
  const inScale = (value: number | null) => (value === null ? null : value / scale.size);
  const { months } = courseOf(view.period);
  const points = rowsByMonth(answer, months).map(
    (row, at): TimePoint => ({
      month: months[at]!,
      value: inScale(numberIn(row, 'p50')),
      low: inScale(numberIn(row, 'p25')),
      high: inScale(numberIn(row, 'p75')),
      top: inScale(numberIn(row, 'p90')),
      isFew: stateOf(row) === 'few',
    }),
  );
  const marks = useMarks(view, months);
  const known = points.filter(({ value }) => value !== null);
  const settled = points.slice(unsettled?.to ?? 0).filter(({ value }) => value !== null);
  const first = settled[0] ?? known[0];
  const last = known[known.length - 1];
  if (!first || !last) return null;
  const say = (value: number) => words.quantity(value * scale.size, scaleFor('s', value * scale.size));
  const target = targetFor(view.tenant.targets, 'processing_time', view.service);
  const names = {
    value: words.say('processing.median'),
    band: words.say('processing.band'),
    top: words.say('processing.p90'),
  };
  return (
    <TimeChart
      words={words}
      points={points}
      names={names}
      say={say}
      target={target ? target.value / scale.size : null}
      unsettled={unsettled}
      marks={marks}
      label={label}
      summary={words.say('processing.summary', {
        from: words.month(first.month),
        to: words.month(last.month),
        first: say(first.value!),
        last: say(last.value!),
        low: say(last.low ?? 0),
        high: say(last.high ?? 0),
        p90: say(last.top ?? 0),
      })}
      readout={(point) => readout(view, point, names, scale, missingIn(months.indexOf(point.month), unsettled))}
    />
  );
}

function missingIn(at: number, unsettled: Unsettled | null): string {
  return unsettled && at >= unsettled.from && at < unsettled.to ? unsettled.short : '';
}

function readout(
  { words }: View,
  { month, value, low, high, top }: TimePoint,
  names: { readonly value: string; readonly band: string; readonly top: string },
  scale: Scale,
  missing: string,
): string {
  const name = words.month(month);
  if (value === null) return `${name}: ${words.say('state.no_data.short')}`;
  const seconds = (quantity: number | null) => (quantity ?? 0) * scale.size;
  const median = words.quantity(seconds(value), scaleFor('s', seconds(value)));
  const last = words.quantity(seconds(top), scaleFor('s', seconds(top)));
  const text = `${name}: ${names.value} ${median} · ${names.band} ${words.span(seconds(low), seconds(high))} · ${names.top} ${last}`;
  return missing ? `${text} · ${missing}` : text;
}

const COLUMNS = ['p25', 'p50', 'p75', 'p90'] as const;

function Table({ view, figures: { course: answer, unsettled } }: { view: View; figures: HeadlineFigures }) {
  const { words } = view;
  const { months } = courseOf(view.period);
  return (
    <table class="kern-table">
      <thead>
        <tr>
          <th scope="col">{words.say('column.month')}</th>
          {COLUMNS.map((column) => (
            <th scope="col" class="number" key={column}>
              {words.say(`processing.column.${column}`)}
            </th>
          ))}
          <th scope="col" class="number">{words.say('column.n')}</th>
          <th scope="col" class="number">{words.say('column.open')}</th>
          <th scope="col">{words.say('column.note')}</th>
        </tr>
      </thead>
      <tbody>
        {rowsByMonth(answer, months).map((row, at) => (
          <tr key={months[at]}>
            <th scope="row" class="month">{words.month(months[at]!)}</th>
            {COLUMNS.map((column) => {
              const value = numberIn(row, column);
              return (
                <td class="number" key={column} data-value={value ?? ''}>
                  {value === null ? '–' : words.quantity(value, scaleFor('s', value))}
                </td>
              );
            })}
            <td class="number">{words.number(numberIn(row, 'n') ?? 0)}</td>
            <td class="number">{words.number(numberIn(row, 'open') ?? 0)}</td>
            <td class="note">
              {[stateOf(row) === 'ok' ? '' : words.say(`state.${stateOf(row)}.short` as TextKey), missingIn(at, unsettled)]
                .filter(Boolean)
                .join('; ')}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
