// SPDX-License-Identifier: EUPL-1.2
// online: which share of applications comes online, month by month, with its interval.
import type { Answer } from '../api';
import { TimeChart, type TimePoint } from '../charts/time_chart';
import { numberIn, rowsByMonth, stateOf, targetFor } from '../figure';
import { ONLINE_SHARE } from '../headline';
import { Panel, sumOf } from '../panel';
import { courseOf } from '../period';
import { scaleFor } from '../quantity';
import { askHeadline, countedPhrase, COURSE, courseName, type View } from '../view';
import type { TextKey } from '../words';
import { useMarks } from './pilots';

const HEIGHT = 340; // beside the sums and years of what it brings
const SCALE = scaleFor('ratio', 1);

export function Online({ view }: { view: View }) {
  const { words } = view;
  const heading = words.say('online.heading');
  return (
    <Panel
      view={view}
      id="online"
      heading={heading}
      caption={() => words.say('online.caption', { course: courseName(view) })}
      questions={[askHeadline(view, ONLINE_SHARE)[COURSE]!]}
      counted={([answer]) => countedPhrase(words, 'basis.case', sumOf(answer!, 'n'), sumOf(answer!, 'open'))}
      chart={([answer]) => <Chart view={view} answer={answer!} label={heading} />}
      table={([answer]) => <Table view={view} answer={answer!} />}
    />
  );
}

function Chart({ view, answer, label }: { view: View; answer: Answer; label: string }) {
  const { words } = view;
  const { months } = courseOf(view.period);
  const percent = (value: number | null) => (value === null ? null : value / SCALE.size);
  const points = rowsByMonth(answer, months).map(
    (row, at): TimePoint => ({
      month: months[at]!,
      value: percent(numberIn(row, 'value')),
      low: percent(numberIn(row, 'lo')),
      high: percent(numberIn(row, 'hi')),
      top: null,
      isFew: stateOf(row) === 'few',
    }),
  );
  const marks = useMarks(view, months);
  const known = points.filter(({ value }) => value !== null);
  const first = known[0];
  const last = known[known.length - 1];
  if (!first || !last) return null;
  const say = (value: number) => words.quantity(value * SCALE.size, SCALE);
  const target = targetFor(view.tenant.targets, 'digital_take_up', view.service);
  return (
    <TimeChart
      words={words}
      points={points}
      names={{ value: words.say('online.value'), band: words.say('column.interval') }}
      say={say}
      sayTick={say}
      target={target ? target.value / SCALE.size : null}
      marks={marks}
      label={label}
      height={HEIGHT}
      summary={words.say('online.summary', {
        from: words.month(first.month),
        to: words.month(last.month),
        first: say(first.value!),
        last: say(last.value!),
      })}
      readout={(point) => {
        const value = point.value === null ? words.say('state.no_data.short') : say(point.value);
        const between =
          point.low === null || point.high === null
            ? ''
            : ` (${words.say('roi.between', { low: say(point.low), high: say(point.high) })})`;
        return `${words.month(point.month)}: ${value}${between}`;
      }}
    />
  );
}

function Table({ view, answer }: { view: View; answer: Answer }) {
  const { words } = view;
  const { months } = courseOf(view.period);
  const share = (value: number | null) => (value === null ? '–' : words.quantity(value, SCALE));
  return (
    <table class="kern-table">
      <thead>
        <tr>
          <th scope="col">{words.say('column.month')}</th>
          <th scope="col" class="number">{words.say('column.value')}</th>
          <th scope="col" class="number">{words.say('column.interval')}</th>
          <th scope="col" class="number">{words.say('column.n')}</th>
          <th scope="col">{words.say('column.note')}</th>
        </tr>
      </thead>
      <tbody>
        {rowsByMonth(answer, months).map((row, at) => (
          <tr key={months[at]}>
            <th scope="row" class="month">{words.month(months[at]!)}</th>
            <td class="number" data-value={numberIn(row, 'value') ?? ''}>{share(numberIn(row, 'value'))}</td>
            <td class="number">
              {numberIn(row, 'lo') === null ? '–' : words.say('range.words', { low: share(numberIn(row, 'lo')), high: share(numberIn(row, 'hi')) })}
            </td>
            <td class="number">{words.number(numberIn(row, 'n') ?? 0)}</td>
            <td class="note">{stateOf(row) === 'ok' ? '' : words.say(`state.${stateOf(row)}.short` as TextKey)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
