// SPDX-License-Identifier: EUPL-1.2
// appointments: do people come, how long and when do they wait, how far ahead must they book.
import type { Answer, Row } from '../api';
import { numberIn, rowsByMonth, stateOf } from '../figure';
import { LEAD_TIME, LEFT_BEFORE_CALL, NO_SHOW, THIRD_NEXT, WAITING_TIME, type Headline } from '../headline';
import { Panel } from '../panel';
import { courseOf } from '../period';
import { scaleFor } from '../quantity';
import { ask, askHeadlines, courseName, headlinesFigures, periodName, type HeadlineFigures, type View } from '../view';
import type { TextKey } from '../words';
import { ChangeLine, Course } from './cards';

const SHOWN: readonly Headline[] = [NO_SHOW, WAITING_TIME, LEFT_BEFORE_CALL, LEAD_TIME, THIRD_NEXT];

export function Appointments({ view }: { view: View }) {
  const { words } = view;
  const figuresOf = (answers: readonly Answer[]) => headlinesFigures(view, SHOWN, answers);
  const headlines = askHeadlines(view, SHOWN);
  const { from, to } = courseOf(view.period); // one month has too few waits in an hour of a weekday
  const questions = [...headlines, ask(view, WAITING_TIME.kpi, view.period, { from, to, by: 'weekday,hour_of_day', stat: 'p50' })];
  return (
    <Panel
      view={view}
      id="appointments"
      heading={words.say('appointments.heading')}
      caption={() => words.say('appointments.caption', { period: periodName(view, view.period) })}
      questions={questions}
      about={questions.flatMap(({ by }, at) => (by === 'month' ? [at] : []))}
      chart={(answers) => (
        <>
          <div class="lines">
            {figuresOf(answers).map((figures) => (
              <Line key={figures.headline.kpi} view={view} figures={figures} />
            ))}
          </div>
          <Hours view={view} answer={answers[headlines.length]!} />
        </>
      )}
      table={(answers) => <Table view={view} all={figuresOf(answers)} />}
    />
  );
}

function Line({ view, figures }: { view: View; figures: HeadlineFigures }) {
  const { words } = view;
  const { now, scale, headline, answer } = figures;
  const beyond = beyondPhrase(view, answer, answer.rows[0]);
  const p90 = headline.isMedian ? numberIn(answer.rows[0], 'p90') : null;
  return (
    <div class={`line line-${headline.kpi}`}>
      <h3>{headline.isMedian ? words.say('card.median', { name: figures.name }) : figures.name}</h3>
      <div class="line-figure">
        {now ? (
          <p class="line-number">{words.quantity(now.value, scale)}</p>
        ) : beyond !== null ? (
          <p class="line-number">{beyond}</p>
        ) : (
          <p class="figure-missing">{words.say(stateOf(answer.rows[0]) === 'suppressed' ? 'state.suppressed' : 'state.no_data')}</p>
        )}
        {p90 !== null && (
          <p class="caption">{words.say('appointments.p90', { value: words.quantity(p90, scaleFor(answer.definition.unit, p90)) })}</p>
        )}
        {now && <p class="caption">{words.say(headline.basis, { n: now.n ?? 0 })}</p>}
      </div>
      <Course view={view} figures={figures} />
      {now && <ChangeLine view={view} figures={figures} />}
    </div>
  );
}

/** Up to so many minutes a wait is of each shade; longer is of the last. */
const SHADES = [5, 10, 15, 30] as const;

/** Median waits of all weeks, hours down and weekdays across: a table that is shaded like a picture. */
function Hours({ view, answer }: { view: View; answer: Answer }) {
  const { words } = view;
  const rows = answer.rows.filter((row) => numberIn(row, 'value') !== null);
  if (rows.length === 0) return null;
  const days = range(rows, 'weekday');
  const hours = range(rows, 'hour_of_day');
  const at = new Map(rows.map((row) => [`${row['weekday']} ${row['hour_of_day']}`, row]));
  return (
    <table class="hours">
      <caption class="caption">{words.say('appointments.hours', { period: courseName(view) })}</caption>
      <thead>
        <tr>
          <th scope="col">{words.say('appointments.hour')}</th>
          {days.map((day) => (
            <th scope="col" key={day}>{words.weekday(day)}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {hours.map((hour) => (
          <tr key={hour}>
            <th scope="row">{words.number(hour)}</th>
            {days.map((day) => (
              <Hour key={day} view={view} row={at.get(`${day} ${hour}`)} />
            ))}
          </tr>
        ))}
      </tbody>
      {rows.some(isFew) && (
        <tfoot>
          <tr>
            <td class="caption" colSpan={days.length + 1}>{words.say('appointments.hours.few')}</td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}

function Hour({ view, row }: { view: View; row: Row | undefined }) {
  const value = numberIn(row, 'value');
  if (row === undefined || value === null) return <td class="hour" />;
  const minutes = Math.round(value / 60);
  const shade = SHADES.filter((limit) => minutes > limit).length;
  return (
    <td class="hour" data-shade={isFew(row) ? 'few' : shade} data-value={value}>
      {view.words.number(minutes)}
    </td>
  );
}

function isFew(row: Row): boolean {
  return stateOf(row) === 'few';
}

/** From the least to the greatest number of a column. */
function range(rows: readonly Row[], column: string): number[] {
  const numbers = rows.map((row) => numberIn(row, column)!);
  const least = Math.min(...numbers);
  return Array.from({ length: Math.max(...numbers) - least + 1 }, (_, at) => least + at);
}

/** "mehr als 55 Tage": the median lies beyond all that was seen. */
function beyondPhrase({ words }: View, { definition }: Answer, row: Row | undefined): string | null {
  const longest = numberIn(row, 'longest');
  if (longest === null || numberIn(row, 'value') !== null) return null;
  return words.say('appointments.beyond', { value: words.quantity(longest, scaleFor(definition.unit, longest)) });
}

function Table({ view, all }: { view: View; all: readonly HeadlineFigures[] }) {
  const { words } = view;
  const { months } = courseOf(view.period);
  const rows = all.map(({ course }) => rowsByMonth(course, months));
  return (
    <table class="kern-table">
      <thead>
        <tr>
          <th scope="col">{words.say('column.month')}</th>
          {all.map(({ name, headline }) => (
            <th scope="col" class="number" key={headline.kpi}>
              {headline.isMedian ? words.say('card.median', { name }) : name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {months.map((month, at) => (
          <tr key={month}>
            <th scope="row" class="month">{words.month(month)}</th>
            {all.map(({ headline, course, unsettled }, which) => {
              const row = rows[which]![at];
              const value = numberIn(row, 'value');
              const { unit } = course.definition;
              return (
                <td class="number" key={headline.kpi} data-value={value ?? ''}>
                  {value === null
                    ? (beyondPhrase(view, course, row) ?? words.say(`state.${stateOf(row)}.short` as TextKey))
                    : words.quantity(value, scaleFor(unit, value))}
                  {value !== null && unsettled && at < unsettled.to && <span class="cell-note">{unsettled.short}</span>}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
