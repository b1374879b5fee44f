// SPDX-License-Identifier: EUPL-1.2
// due: what is open at the moment: how long until its deadline ends, how long it has been here.
import type { Answer, Row } from '../api';
import { figureIn, numberIn, stateOf } from '../figure';
import { Panel } from '../panel';
import { scaleFor } from '../quantity';
import { Rich } from '../rich';
import { ask, periodName, type View } from '../view';
import type { TextKey, Words } from '../words';

const LIMIT = ['overdue', 'today', 'days_1_5', 'days_6_10', 'days_11_20', 'days_21_60', 'days_over_60', 'unlimited'] as const;
const AGE = ['age_0_5', 'age_6_10', 'age_11_20', 'age_21_60', 'age_over_60'] as const;
const PERCENT = scaleFor('ratio', 1);

interface Bar {
  readonly key: string;
  readonly name: string;
  readonly count: number;
}

interface Bars {
  readonly heading: string;
  readonly row: Row | undefined;
  readonly bars: readonly Bar[];
}

export function Due({ view }: { view: View }) {
  const { words } = view;
  const open = { from: '', to: '' }; // at the end of observation
  return (
    <Panel
      view={view}
      id="due"
      heading={words.say('due.heading')}
      caption={() => words.say('due.caption')}
      questions={[ask(view, 'due', view.period, open), ask(view, 'backlog', view.period, open), ask(view, 'sla_share', view.period)]}
      about={[0, 1, 2]}
      counted={([, backlog]) => words.say('basis.open', { n: numberIn(backlog!.rows[0], 'value') ?? 0 })}
      chart={(answers) => <Chart view={view} answers={answers} />}
      table={(answers) => <Table words={words} answers={answers} />}
    />
  );
}

function barsOf(words: Words, [due, backlog]: readonly Answer[]): Bars[] {
  const count = (row: Row | undefined, key: string) =>
    key === 'unlimited'
      ? (numberIn(row, 'excluded_no_limit') ?? 0) + (numberIn(row, 'excluded_outside_calendar') ?? 0)
      : (numberIn(row, key) ?? 0);
  const bars = (answer: Answer, keys: readonly string[]) =>
    keys
      .map((key) => ({ key, name: nameOf(words, key), count: count(answer.rows[0], key) }))
      .filter((bar) => bar.key !== 'unlimited' || bar.count > 0);
  return [
    { heading: words.say('due.limit'), row: due!.rows[0], bars: bars(due!, LIMIT) },
    { heading: words.say('due.age'), row: backlog!.rows[0], bars: bars(backlog!, AGE) },
  ];
}

/** Of "days_6_10", "age_over_60" and names of their own. */
function nameOf(words: Words, key: string): string {
  const over = /over_(\d+)$/.exec(key);
  if (over) return words.say('due.over', { n: Number(over[1]) });
  const range = /(\d+)_(\d+)$/.exec(key);
  if (!range) return words.say(`due.${key}` as TextKey);
  const [low, high] = [Number(range[1]), Number(range[2])];
  return words.say('due.days', { range: words.say('range', { low, high }), n: high });
}

function Chart({ view, answers }: { view: View; answers: readonly Answer[] }) {
  const { words } = view;
  return (
    <>
      <Decided view={view} answer={answers[2]!} />
      <div class="due-lists">
        {barsOf(words, answers).map(({ heading, row, bars }) => {
          const most = Math.max(...bars.map(({ count }) => count), 1);
          return (
            <div key={heading}>
              <h3 class="balance-heading">{heading}</h3>
              {figureIn(row) ? (
                <ol class="steps short">
                  {bars.map(({ key, name, count }) => (
                    <li key={key} class={key === 'overdue' && count > 0 ? 'step hot' : 'step'}>
                      <span class="step-name">{name}</span>
                      <span class="step-track" aria-hidden="true">
                        {count > 0 && <span class="step-fill" style={{ inlineSize: `${(count / most) * 100}%` }} />}
                      </span>
                      <span class="step-share">{words.number(count)}</span>
                    </li>
                  ))}
                </ol>
              ) : (
                <p class="caption">{words.say(`state.${stateOf(row)}` as TextKey)}</p>
              )}
            </div>
          );
        })}
      </div>
    </>
  );
}

/** Which share was in time; of what came in lately much cannot be said yet. */
function Decided({ view, answer }: { view: View; answer: Answer }) {
  const { words } = view;
  const [row] = answer.rows;
  const figure = figureIn(row);
  if (!figure || figure.lo === null || figure.hi === null) return null;
  const share = (value: number) => words.quantity(value, PERCENT);
  return (
    <p class="due-decided">
      <Rich
        pieces={words.sayRich('due.decided', {
          name: answer.definition.name,
          share: share(figure.value),
          low: share(figure.lo),
          high: share(figure.hi),
          period: periodName(view, view.period),
          n: figure.n ?? 0,
        })}
      />{' '}
      {figure.state !== 'ok' && <span class="figure-state">{words.say(`state.${figure.state}.short`)}</span>}
    </p>
  );
}

function Table({ words, answers }: { words: Words; answers: readonly Answer[] }) {
  return (
    <table class="kern-table">
      {barsOf(words, answers).map(({ heading, row, bars }) => (
        <tbody key={heading}>
          <tr>
            <th scope="rowgroup">{heading}</th>
            <th scope="col" class="number">{words.say('column.open')}</th>
          </tr>
          {bars.map(({ key, name, count }) => (
            <tr key={key}>
              <th scope="row">{name}</th>
              <td class="number" data-value={count}>
                {figureIn(row) ? words.number(count) : words.say(`state.${stateOf(row)}.short` as TextKey)}
              </td>
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  );
}
