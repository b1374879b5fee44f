// SPDX-License-Identifier: EUPL-1.2
// cards: the headline figures. Each says its change in words, its target and its course of a year.
import { questionUrl, type Answer } from '../api';
import { isMet, numberIn, rowsByMonth, stateOf, targetFor, type Verdict } from '../figure';
import { HEADLINES, type Headline } from '../headline';
import { Sparkline } from '../charts/sparkline';
import { Failed } from '../panel';
import { courseOf } from '../period';
import { useRemote } from '../remote';
import { scaleFor } from '../quantity';
import { askHeadline, changePhrase, countedPhrase, COURSE, headlineFigures, urlsOf, type HeadlineFigures, type View } from '../view';
import type { TextKey } from '../words';
import { RoiCard } from './roi';

export function Cards({ view }: { view: View }) {
  return (
    <section class="cards" aria-labelledby="cards-heading">
      <h2 id="cards-heading" class="kern-sr-only">
        {view.words.say('cards.heading')}
      </h2>
      {HEADLINES.map((headline) => (
        <Card key={headline.kpi} view={view} headline={headline} />
      ))}
      <RoiCard view={view} />
    </section>
  );
}

function Card({ view, headline }: { view: View; headline: Headline }) {
  const questions = askHeadline(view, headline);
  const remote = useRemote<Answer>(urlsOf(questions));
  const { words } = view;
  if (remote.state === 'loading')
    return (
      <article class="card" aria-busy="true">
        <p class="placeholder">{words.say('panel.loading')}</p>
      </article>
    );
  if (remote.state === 'failed')
    return (
      <article class="card">
        <Failed words={words} problem={remote.problem} retry={remote.retry} />
      </article>
    );
  const figures = headlineFigures(view, headline, remote.value);
  return (
    <article class={`card card-${headline.kpi}`}>
      <h3>{headline.isMedian ? words.say('card.median', { name: figures.name }) : figures.name}</h3>
      {figures.now ? <CardFigure view={view} figures={figures} /> : <CardMissing view={view} figures={figures} />}
      <Course view={view} figures={figures} />
      <p class="card-basis">
        <span>{figures.now && <Basis view={view} figures={figures} />}</span>
        <a
          class="link"
          href={questionUrl(questions[COURSE]!, 'csv')}
          download
          aria-label={words.say('panel.download.csv', { name: figures.name })}
        >
          CSV
        </a>
      </p>
    </article>
  );
}

function CardFigure({ view, figures }: { view: View; figures: HeadlineFigures }) {
  const { number, unit } = view.words.headline(figures.now!.value, figures.scale);
  return (
    <>
      <p class="figure">
        <span class="figure-number">{number}</span> <span class="figure-unit">{unit}</span>
        {figures.now!.state !== 'ok' && (
          <span class="figure-state">{view.words.say(`state.${figures.now!.state}.short` as TextKey)}</span>
        )}
      </p>
      <ChangeLine view={view} figures={figures} />
      <TargetLine view={view} figures={figures} />
    </>
  );
}

/** Nothing is not zero: it says why there is no figure. */
function CardMissing({ view, figures }: { view: View; figures: HeadlineFigures }) {
  const state = stateOf(figures.answer.rows[0]);
  return <p class="figure-missing">{view.words.say(state === 'suppressed' ? 'state.suppressed' : 'state.no_data')}</p>;
}

const SIGNS: { readonly [verdict in Verdict]: string } = { better: '', worse: '', same: '●', usual: '●', unknown: '○' };

/** In word, sign and colour; the arrow says where the figure went, the colour whether that is good. */
export function ChangeLine({ view, figures }: { view: View; figures: HeadlineFigures }) {
  const { verdict, delta } = figures.change;
  const sign = SIGNS[verdict] || (delta < 0 ? '▼' : '▲');
  return (
    <p class={`change ${verdict}`}>
      <span aria-hidden="true">{sign} </span>
      {changePhrase(view, figures)}
    </p>
  );
}

function TargetLine({ view, figures }: { view: View; figures: HeadlineFigures }) {
  const { words, tenant, service } = view;
  const { headline, now, answer } = figures;
  const target = targetFor(tenant.targets, headline.kpi, service);
  if (!target) return <p class="target">{words.say('target.none')}</p>;
  const { direction, unit } = answer.definition;
  const value = words.quantity(target.value, scaleFor(unit, target.value));
  const met = isMet(now!.value, target.value, direction);
  // What is missing takes long: it could still miss a target that looks met, not the other way round.
  const isEarly = met && !figures.isSettled;
  return (
    <p class="target">
      {words.say(direction === 'higher' ? 'target.at_least' : 'target.at_most', { value })}
      {words.say('comma')}
      <span class={isEarly ? undefined : met ? 'good' : 'warn'}>
        <span aria-hidden="true">{isEarly ? '○' : met ? '✓' : '✕'} </span>
        {words.say(isEarly ? 'target.early' : met ? 'target.met' : 'target.missed')}
      </span>
    </p>
  );
}

/** Month by month; in words from the first month that holds. */
export function Course({ view, figures }: { view: View; figures: HeadlineFigures }) {
  const { words, tenant, service } = view;
  const { scale, course, headline, unsettled } = figures;
  const { months } = courseOf(view.period);
  const values = rowsByMonth(course, months).map((row) => numberIn(row, 'value'));
  const target = targetFor(tenant.targets, headline.kpi, service)?.value ?? null;
  const from = values.findIndex((value, at) => value !== null && at >= (unsettled?.to ?? 0));
  const to = values.findLastIndex((value) => value !== null);
  const label =
    from < 0
      ? words.say(to < 0 ? 'card.course.none' : `unsettled.${headline.looksBack!}.short`)
      : words.say('card.course', {
          from: words.month(months[from]!),
          to: words.month(months[to]!),
          first: words.quantity(values[from]!, scale),
          last: words.quantity(values[to]!, scale),
        });
  return (
    <Sparkline
      values={values}
      unsettled={unsettled?.to ?? 0}
      target={target}
      label={label}
      rtl={words.dir === 'rtl'}
    />
  );
}

function Basis({ view: { words }, figures }: { view: View; figures: HeadlineFigures }) {
  const { now, headline } = figures;
  return <>{countedPhrase(words, headline.basis, now!.n ?? 0, now!.open ?? 0)}</>;
}
