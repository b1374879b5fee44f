// SPDX-License-Identifier: EUPL-1.2
// appointments: do people come, how long do they wait, how far ahead must they book.
import type { Answer } from '../api';
import { numberIn, rowsByMonth, stateOf } from '../figure';
import { LEAD_TIME, NO_SHOW, WAITING_TIME, type Headline } from '../headline';
import { Panel } from '../panel';
import { courseOf } from '../period';
import { scaleFor } from '../quantity';
import { askHeadlines, headlinesFigures, periodName, type HeadlineFigures, type View } from '../view';
import type { TextKey } from '../words';
import { ChangeLine, Course } from './cards';

const SHOWN: readonly Headline[] = [NO_SHOW, WAITING_TIME, LEAD_TIME];

export function Appointments({ view }: { view: View }) {
  const { words } = view;
  const figuresOf = (answers: readonly Answer[]) => headlinesFigures(view, SHOWN, answers);
  const questions = askHeadlines(view, SHOWN);
  return (
    <Panel
      view={view}
      id="appointments"
      heading={words.say('appointments.heading')}
      caption={() => words.say('appointments.caption', { period: periodName(view, view.period) })}
      questions={questions}
      about={questions.flatMap(({ by }, at) => (by === 'month' ? [at] : []))}
      chart={(answers) => (
        <div class="lines">
          {figuresOf(answers).map((figures) => (
            <Line key={figures.headline.kpi} view={view} figures={figures} />
          ))}
        </div>
      )}
      table={(answers) => <Table view={view} all={figuresOf(answers)} />}
    />
  );
}

function Line({ view, figures }: { view: View; figures: HeadlineFigures }) {
  const { words } = view;
  const { now, scale, headline, answer } = figures;
  const p90 = headline.isMedian ? numberIn(answer.rows[0], 'p90') : null;
  return (
    <div class="line">
      <h3>{headline.isMedian ? words.say('card.median', { name: figures.name }) : figures.name}</h3>
      <div class="line-figure">
        {now ? (
          <p class="line-number">{words.quantity(now.value, scale)}</p>
        ) : (
          <p class="figure-missing">{words.say(stateOf(answer.rows[0]) === 'suppressed' ? 'state.suppressed' : 'state.no_data')}</p>
        )}
        {p90 !== null && (
          <p class="caption">{words.say('appointments.p90', { value: words.quantity(p90, scaleFor('s', p90)) })}</p>
        )}
        {now && <p class="caption">{words.say(headline.basis, { n: now.n ?? 0 })}</p>}
      </div>
      <Course view={view} figures={figures} />
      {now && <ChangeLine view={view} figures={figures} />}
    </div>
  );
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
                  {value === null ? words.say(`state.${stateOf(row)}.short` as TextKey) : words.quantity(value, scaleFor(unit, value))}
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
