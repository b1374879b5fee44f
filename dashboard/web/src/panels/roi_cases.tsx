// SPDX-License-Identifier: EUPL-1.2
// roi_cases: how else it may come: variants and scenarios side by side, what matters most, how sure
// it is, and what came of the plan.
import type { Answer } from '../api';
import { axisOf, Track } from '../charts/track';
import { scaleFor } from '../quantity';
import { readBars, readComparisons, readDraws, readRanges, type RoiComparison } from '../roi';
import { serviceName, type View } from '../view';
import type { TextKey, Words } from '../words';

const EURO = scaleFor('EUR', 0);
const PERCENT = scaleFor('ratio', 1);
const BARS = 6; // of the tornado; the others are short
const COMPARED = 10;

export function Ranges({ words, answer }: { words: Words; answer: Answer }) {
  const ranges = readRanges(answer).filter(({ variant, low, high }) => variant !== '' || low < high);
  const draws = readDraws(answer);
  const rows = [
    ...ranges.map((range) => ({
      ...range,
      key: `variant ${range.variant}`,
      name: range.variant === '' ? words.say('roi.cases.scenarios') : range.variant,
      note: range.isChosen && ranges.length > 1 ? words.say('roi.cases.chosen') : '',
    })),
    ...(draws ? [{ ...draws, key: 'draws', name: words.say('roi.cases.draws'), note: '' }] : []),
  ];
  if (rows.length === 0) return null;
  const at = axisOf(rows);
  return (
    <div>
      <h3 class="balance-heading cases-heading">{words.say('roi.cases')}</h3>
      <ul class="cases">
        {rows.map(({ key, name, note, low, expected, high }) => (
          <li key={key}>
            <span>
              <bdi>{name}</bdi>
              {note && <span class="cases-note"> {note}</span>}
            </span>
            <Track at={at} low={low} high={high} mark={expected} />
            <span class="cases-value">
              <strong>{words.quantity(expected, EURO)}</strong>
              {low < high && (
                <span class="cases-note">
                  {words.say('roi.between', { low: words.quantity(low, EURO), high: words.quantity(high, EURO) })}
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
      {draws && (
        <p class="caption">
          {words.say('roi.cases.sure', { share: words.quantity(draws.sharePositive, PERCENT), draws: draws.draws })}
        </p>
      )}
    </div>
  );
}

export function Tornado({ words, answer }: { words: Words; answer: Answer }) {
  const bars = readBars(answer).filter(({ low, high }) => low !== high);
  if (bars.length === 0) return null;
  const shown = bars.slice(0, BARS);
  const at = axisOf(shown);
  const middle = readDraws(answer)?.expected ?? (shown[0]!.low + shown[0]!.high) / 2;
  return (
    <div>
      <h3 class="balance-heading cases-heading">{words.say('roi.tornado')}</h3>
      <ul class="cases">
        {shown.map(({ input, low, high }) => (
          <li key={input}>
            <span>{words.say(`roi.input.${input}` as TextKey)}</span>
            <Track at={at} low={low} high={high} mark={middle} />
            <span class="cases-value cases-note">
              {words.say('roi.tornado.row', { low: words.quantity(low, EURO), high: words.quantity(high, EURO) })}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function nameOf(view: View, { figure, service, position }: RoiComparison): string {
  const what = view.words.say(`roi.plan.${figure}` as TextKey);
  const which = service !== null ? serviceName(view, service) : position;
  return which === null ? what : `${what}: ${which}`;
}

function whenOf(words: Words, { year, observed }: RoiComparison): string {
  if (year === 0) return '';
  const name = words.say('roi.year', { n: year });
  return observed < 1 ? words.say('roi.plan.running', { year: name, share: words.quantity(observed, PERCENT) }) : name;
}

function amountOf(words: Words, value: number, unit: string): string {
  if (unit === 'min') return words.quantity(value * 60, scaleFor('s', 120));
  if (unit === 'count') return words.number(value, 0);
  return words.quantity(value, EURO);
}

function departureOf(words: Words, { planned, actual }: RoiComparison): string {
  if (planned === 0) return '–';
  const share = Math.round((actual / planned - 1) * 100) / 100;
  const sign = share > 0 ? '+' : share < 0 ? '−' : '±';
  return words.withSign(sign, words.quantity(Math.abs(share), PERCENT));
}

/** The largest departures from the plan; all of them are in the API's answer. */
export function Comparisons({ view, answer }: { view: View; answer: Answer }) {
  const { words } = view;
  const rows = readComparisons(answer);
  if (rows.length === 0) return null;
  return (
    <div>
      <h3 class="balance-heading cases-heading">
        {words.say('roi.plan', { n: Math.min(COMPARED, rows.length), of: rows.length })}
      </h3>
      <div class="table-frame" tabIndex={0} role="region" aria-label={words.say('roi.plan.short')}>
        <table class="kern-table">
          <thead>
            <tr>
              <th scope="col">{words.say('roi.plan.what')}</th>
              {(['planned', 'actual', 'departure'] as const).map((column) => (
                <th scope="col" class="number" key={column}>
                  {words.say(`roi.plan.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, COMPARED).map((row) => (
              <tr key={`${row.figure} ${row.service} ${row.position} ${row.year}`}>
                <th scope="row">
                  <bdi>{nameOf(view, row)}</bdi> <span class="cases-note">{whenOf(words, row)}</span>
                </th>
                <td class="number">{amountOf(words, row.planned, row.unit)}</td>
                <td class="number">{amountOf(words, row.actual, row.unit)}</td>
                <td class="number">{departureOf(words, row)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
