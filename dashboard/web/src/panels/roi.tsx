// SPDX-License-Identifier: EUPL-1.2
// roi: whether it pays off; or, as long as nobody has said what it costs, how to say that.
import { scaleLinear } from 'd3-scale';

import type { Answer } from '../api';
import { firstWhole } from '../basis';
import { Failed, Panel } from '../panel';
import { monthStart, monthText } from '../period';
import { roundForReading, scaleFor } from '../quantity';
import { useRemote } from '../remote';
import { Rich } from '../rich';
import { readRoi, type RoiReading, type RoiYear } from '../roi';
import { ask, reachOf, urlsOf, type View } from '../view';
import { useWidth } from '../width';
import type { TextKey, Words } from '../words';
import { Comparisons, Ranges, Tornado } from './roi_cases';

const EURO = scaleFor('EUR', 0);

/** Measured over all whole months up to the end of the period: minutes before and after the go-live
 * lie in different years, and a single month says nothing of a year. */
function measuredMonths(view: View): { first: number; last: number } {
  const last = view.period.start + view.period.months - 1;
  return { first: Math.min(firstWhole(reachOf(view, null)), last), last };
}

function askRoi(view: View) {
  return ask(view, 'roi', view.period, { from: monthStart(measuredMonths(view).first) });
}

/** How else it may come, of which the card does not speak. */
function askCases(view: View) {
  return { ...askRoi(view), section: 'scenarios,sensitivity,monte_carlo,plan_actual' };
}

function captionOf(view: View, years: number): string {
  const { words } = view;
  if (years <= 0) return words.say('roi.caption.none');
  const { first, last } = measuredMonths(view);
  return words.say('roi.caption', { n: years, from: words.month(monthText(first)), to: words.month(monthText(last)) });
}

export function RoiCard({ view }: { view: View }) {
  return view.tenant.assumptions ? <AnsweredCard view={view} /> : <MissingCard words={view.words} />;
}

function AnsweredCard({ view }: { view: View }) {
  const { words } = view;
  const remote = useRemote<Answer>(urlsOf([askRoi(view)]));
  const reading = remote.state === 'ready' ? readRoi(remote.value[0]!) : null;
  return (
    <article class="card card-roi" aria-busy={remote.state === 'loading'}>
      <h3>{words.say('roi.card')}</h3>
      {remote.state === 'loading' && <p class="placeholder">{words.say('panel.loading')}</p>}
      {remote.state === 'failed' && <Failed words={words} problem={remote.problem} retry={remote.retry} />}
      {reading && reading.npv === null && <p class="figure-missing">{words.say('state.no_data')}</p>}
      {reading && reading.npv !== null && reading.isEarly && <CardWithout words={words} text="roi.early" />}
      {reading && reading.npv !== null && !reading.isEarly && <RoiCardFigure words={words} reading={reading} />}
    </article>
  );
}

function MissingCard({ words }: { words: Words }) {
  return (
    <article class="card card-roi">
      <h3>{words.say('roi.card')}</h3>
      <CardWithout words={words} text="roi.missing" />
    </article>
  );
}

/** No figure: the panel says what it needs. */
function CardWithout({ words, text }: { words: Words; text: 'roi.missing' | 'roi.early' }) {
  return (
    <>
      <p class="figure-missing">{words.say(text)}</p>
      <p class="target">
        <a class="link" href="#roi-heading">
          {words.say('roi.missing.link')}
        </a>
      </p>
    </>
  );
}

function RoiCardFigure({ words, reading }: { words: Words; reading: RoiReading }) {
  const { number, unit } = words.headline(reading.npv!, EURO);
  return (
    <>
      <p class="figure">
        <span class="figure-number">{number}</span> <span class="figure-unit">{unit}</span>
      </p>
      <p class={`change ${reading.payback === null ? 'worse' : 'better'}`}>
        <span aria-hidden="true">{reading.payback === null ? '✕ ' : '✓ '}</span>
        {words.say('roi.payback')} {paybackText(words, reading)}
      </p>
      <p class="target">{words.say('roi.npv.note')}</p>
      {reading.incomplete > 0 && <p class="target warn">{incompleteText(words, reading)}</p>}
      <Balance words={words} years={reading.years} height={64} />
      <p class="card-basis">
        <span>{betweenText(words, reading)}</span>
        <a class="link" href="#roi-heading">
          {words.say('roi.more')}
        </a>
      </p>
    </>
  );
}

function incompleteText(words: Words, { incomplete }: RoiReading): string {
  return incomplete > 0 ? words.say('roi.incomplete', { n: incomplete }) : '';
}

function paybackText(words: Words, { payback }: RoiReading): string {
  if (payback === null) return words.say('roi.payback.never');
  if (payback < 1) return words.say('roi.payback.months', { n: Math.max(1, Math.round(payback * 12)) });
  return words.say('roi.payback.after', { n: Math.round(payback * 10) / 10 });
}

function betweenText(words: Words, { npvLow, npvHigh }: RoiReading): string {
  if (npvLow === null || npvHigh === null) return '';
  return words.say('roi.between', { low: words.quantity(npvLow, EURO), high: words.quantity(npvHigh, EURO) });
}

export function Roi({ view }: { view: View }) {
  const { words } = view;
  if (!view.tenant.assumptions) return <Missing words={words} />;
  return (
    <Panel
      view={view}
      id="roi"
      heading={words.say('roi.heading')}
      caption={(answers) => captionOf(view, answers ? readRoi(answers[0]!).years.length - 1 : 0)}
      questions={[askRoi(view), askCases(view)]}
      note={(answer) => incompleteText(words, readRoi(answer)) || null}
      isEmpty={([answer]) => readRoi(answer!).npv === null}
      chart={([answer, cases]) =>
        readRoi(answer!).isEarly ? (
          <Early words={words} answer={answer!} />
        ) : (
          <Report view={view} answer={answer!} cases={cases!} />
        )
      }
      table={([answer]) => <Table words={words} years={readRoi(answer!).years} />}
    />
  );
}

/** In place of the panel as long as nobody has said what it costs: the question would be refused. */
function Missing({ words }: { words: Words }) {
  return (
    <section class="panel panel-roi" aria-labelledby="roi-heading">
      <h2 id="roi-heading">{words.say('roi.heading')}</h2>
      <p class="caption">{words.say('roi.caption.none')}</p>
      <div class="placeholder explained">
        <p>
          <strong>{words.say('roi.missing')}</strong>
        </p>
        <p>{words.say('roi.missing.why')}</p>
        <p>
          <Rich pieces={words.sayRich('roi.missing.how')} />
        </p>
      </div>
    </section>
  );
}

/** Costs without the benefits would say less than nothing. */
function Early({ words, answer }: { words: Words; answer: Answer }) {
  return (
    <div class="placeholder explained">
      <p>
        <strong>{words.say('roi.early')}</strong>
      </p>
      <p>{words.say('roi.early.why', { n: readRoi(answer).incomplete })}</p>
    </div>
  );
}

function Report({ view, answer, cases }: { view: View; answer: Answer; cases: Answer }) {
  const { words } = view;
  const reading = readRoi(answer);
  const euro = (value: number | null) => (value === null ? '–' : words.quantity(value, EURO));
  const { years } = reading;
  const last = years[years.length - 1];
  return (
    <div class="roi">
      <dl class="facts">
        <div>
          <dt>{words.say('roi.npv')}</dt>
          <dd>{euro(reading.npv)}</dd>
          <dd class="caption">{betweenText(words, reading)}</dd>
        </div>
        <div>
          <dt>{words.say('roi.npv_budget')}</dt>
          <dd>{euro(reading.npvBudget)}</dd>
        </div>
        <div>
          <dt>{words.say('roi.payback')}</dt>
          <dd>{paybackText(words, reading)}</dd>
        </div>
        <div>
          <dt>{words.say('roi.ratio')}</dt>
          <dd>{reading.ratio === null ? '–' : words.quantity(reading.ratio, scaleFor('ratio', 1))}</dd>
        </div>
      </dl>
      {last && (
        <p class="kern-sr-only">
          {words.say('roi.summary', { first: euro(years[0]!.cumulative), last: euro(last.cumulative), n: last.year })}
        </p>
      )}
      <h3 class="balance-heading">{words.say('roi.column.cumulative')}</h3>
      <Balance words={words} years={years} height={236} hasLabels />
      <div class="else">
        <Ranges words={words} answer={cases} />
        <Tornado words={words} answer={cases} />
        <Comparisons view={view} answer={cases} />
      </div>
      {reading.citizenHours !== null && (
        <p class="caption">{words.say('roi.citizens', { n: roundForReading(reading.citizenHours) })}</p>
      )}
      {answer.notes.length > 0 && (
        <details class="assumptions">
          <summary>{words.say('roi.assumptions')}</summary>
          <ul dir="auto">
            {answer.notes.map(({ key, text }) => (
              <li key={key}>
                {noteName(words, key)}: {text}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

const NOTES: readonly string[] = [
  'assumptions_version',
  'currency',
  'price_basis',
  'grant',
  'citizens_time',
  'discount_rate',
  'hourly_rate',
  'realised_share',
  'budget_share',
];

function noteName(words: Words, key: string): string {
  return NOTES.includes(key) ? words.say(`roi.note.${key}` as TextKey) : key;
}

interface BalanceProps {
  readonly words: Words;
  readonly years: readonly RoiYear[];
  readonly height: number;
  readonly hasLabels?: boolean;
}

const BAR_SHARE = 0.56; // of the room that a year has
const LABEL_ROOM = 84; // of a sum in euros
const LABEL_HEIGHT = 20;
const YEAR_HEIGHT = 52; // under the lowest bar: its sum, and the year with room around it

/** The balance since the start: bars under zero until it pays off, above from then on. */
function Balance({ words, years, height, hasLabels = false }: BalanceProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const values = years.map(({ cumulative }) => cumulative);
  const room = width / Math.max(1, years.length);
  const centre = (at: number) => (words.dir === 'rtl' ? width - room * (at + 0.5) : room * (at + 0.5));
  const [top, bottom] = hasLabels ? [LABEL_HEIGHT, YEAR_HEIGHT] : [2, 2];
  const y = scaleLinear([Math.min(0, ...values), Math.max(0, ...values)], [height - bottom, top]);
  // Where not every bar has room for its sum, the outer two have, and stay within the chart.
  const isTight = room < LABEL_ROOM;
  const sumAnchor = (at: number) => (!isTight ? 'middle' : at === 0 ? 'start' : 'end');
  const sumAt = (at: number) => (!isTight ? centre(at) : (at === 0) === (words.dir === 'rtl') ? width : 0);
  const hasSum = (at: number) => !isTight || at === 0 || at === years.length - 1;
  return (
    <div class="balance" ref={ref}>
      {width > 0 && (
        <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          {years.map(({ year, cumulative }, at) => (
            <g key={year}>
              <rect
                class={cumulative < 0 ? 'bar-below' : 'bar-above'}
                x={centre(at) - (room * BAR_SHARE) / 2}
                width={room * BAR_SHARE}
                y={Math.min(y(0), y(cumulative))}
                height={Math.max(1, Math.abs(y(cumulative) - y(0)))}
                rx={2}
              />
              {hasLabels && hasSum(at) && (
                <text
                  class="bar-label"
                  x={sumAt(at)}
                  y={cumulative < 0 ? y(cumulative) + 16 : y(cumulative) - 7}
                  text-anchor={sumAnchor(at)}
                >
                  {words.quantity(cumulative, EURO)}
                </text>
              )}
              {hasLabels && (
                <text class="tick" x={centre(at)} y={height - 2} text-anchor="middle">
                  {!isTight ? words.say('roi.year', { n: year }) : words.number(year)}
                </text>
              )}
            </g>
          ))}
          <line class="zero-line" x1={0} x2={width} y1={y(0)} y2={y(0)} />
        </svg>
      )}
    </div>
  );
}

function Table({ words, years }: { words: Words; years: readonly RoiYear[] }) {
  const columns = ['cost', 'benefit', 'net', 'cumulative'] as const;
  return (
    <table class="kern-table">
      <thead>
        <tr>
          <th scope="col">{words.say('roi.column.year')}</th>
          {columns.map((column) => (
            <th scope="col" class="number" key={column}>
              {words.say(`roi.column.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {years.map((year) => (
          <tr key={year.year}>
            <th scope="row" class="month">{words.say('roi.year', { n: year.year })}</th>
            {columns.map((column) => (
              <td class="number" key={column} data-value={year[column]}>
                {words.quantity(year[column], EURO)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
