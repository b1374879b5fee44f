// SPDX-License-Identifier: EUPL-1.2
// view: what the page is about at the moment, and the questions that follow from it. Every panel
// gets it whole.
import { questionUrl, type Answer, type Question, type Service, type Tenant } from './api';
import type { Headline } from './headline';
import {
  comparedPeriod,
  courseOf,
  periodFrom,
  periodText,
  periodTo,
  type Comparison,
  type Period,
} from './period';
import { changeOf, figureIn, type Change, type Figure } from './figure';
import type { Words } from './words';
import { isTime, quantityOf, scaleFor, type Scale } from './quantity';

export interface View {
  readonly words: Words;
  readonly tenant: Tenant;
  readonly services: readonly Service[]; // of the tenant, all of them
  readonly service: string; // "": all
  readonly period: Period;
  readonly comparison: Comparison;
}

export interface Asked {
  readonly view: View;
  readonly questions: readonly Question[];
}

export function ask(view: View, kpi: string, period: Period, more: Partial<Question> = {}): Question {
  return {
    kpi,
    tenant: view.tenant.key,
    service: view.service,
    from: periodFrom(period),
    to: periodTo(period),
    lang: view.words.lang,
    ...more,
  };
}

/** The figure now, then, and month by month. */
export function askHeadline(view: View, { kpi, stat }: Headline): [Question, Question, Question] {
  const more = stat === undefined ? {} : { stat };
  const { from, to } = courseOf(view.period);
  return [
    ask(view, kpi, view.period, more),
    ask(view, kpi, comparedPeriod(view.period, view.comparison), more),
    ask(view, kpi, view.period, { ...more, from, to, by: 'month' }),
  ];
}

export function urlsOf(questions: readonly Question[]): string[] {
  return questions.map((question) => questionUrl(question));
}

export interface HeadlineFigures {
  readonly headline: Headline;
  readonly name: string;
  readonly now: Figure | null;
  readonly then: Figure | null;
  readonly change: Change;
  readonly scale: Scale;
  readonly answer: Answer; // of the period
  readonly course: Answer;
}

export function headlineFigures(headline: Headline, [now, then, course]: readonly Answer[]): HeadlineFigures {
  const answer = now!;
  const figure = figureIn(answer.rows[0]);
  const before = figureIn(then!.rows[0]);
  const magnitude = figure?.value ?? before?.value ?? 0;
  return {
    headline,
    name: answer.definition.name,
    now: figure,
    then: before,
    change: changeOf(figure, before, answer.definition.direction),
    scale: scaleFor(answer.definition.unit, magnitude),
    answer,
    course: course!,
  };
}

export function serviceName(view: View, key: string): string {
  const name = view.services.find((service) => service.key === key)?.name;
  return name?.[view.words.lang] ?? name?.['en'] ?? name?.['de'] ?? key;
}

export function periodName({ words }: View, period: Period): string {
  const text = periodText(period);
  if (period.months === 1) return words.month(text);
  if (period.months === 12) return text;
  return words.say('filter.period.quarter', { n: text.slice(-1), year: text.slice(0, 4) });
}

/** Of a period that can be compared with the one before. */
export function lengthName(period: Period): 'month' | 'quarter' {
  return period.months === 1 ? 'month' : 'quarter';
}

/** "ein Jahr zuvor" */
export function thenPhrase({ words, period, comparison }: View): string {
  return words.say(comparison === 'year' ? 'then.year' : `then.before.${lengthName(period)}`);
}

/** "dem Vorjahr" */
export function comparedPhrase({ words, period, comparison }: View): string {
  return words.say(comparison === 'year' ? 'filter.compare.year' : `filter.compare.before.${lengthName(period)}`);
}

/** "2 Tage schneller als ein Jahr zuvor" */
export function changePhrase(view: View, { headline, change, scale }: HeadlineFigures): string {
  const then = thenPhrase(view);
  if (change.verdict === 'unknown') return view.words.say('change.unknown', { then });
  if (change.verdict === 'same') return view.words.say('change.same', { then });
  const delta = deltaPhrase(view.words, change.delta, scale);
  return view.words.say(`change.${headline.manner}.${change.delta < 0 ? 'less' : 'more'}`, { delta, then });
}

/** "Oktober 2025 bis Oktober 2026" */
export function courseName({ words, period }: View): string {
  const { months } = courseOf(period);
  return words.say('period.course', { from: words.month(months[0]!), to: words.month(months[months.length - 1]!) });
}

/** "4.047 Anträge, 243 noch offen" */
export function countedPhrase(words: Words, basis: Headline['basis'], n: number, open: number): string {
  const counted = words.say(basis, { n });
  return open > 0 ? `${counted}, ${words.say('basis.open', { n: open })}` : counted;
}

/** The size of a difference: shares differ by points, not by percent. */
export function deltaPhrase(words: Words, delta: number, scale: Scale): string {
  const size = Math.abs(delta);
  if (scale.name === 'percent') return words.say('points', { n: quantityOf(size, scale) });
  if (scale.name === 'of5') return words.number(quantityOf(size, scale));
  return words.quantity(size, scaleForDelta(size, scale));
}

/** In the unit of the figures that differ, unless it would be said in hundreds or in nothing of it. */
function scaleForDelta(size: number, scale: Scale): Scale {
  if (!isTime(scale)) return scale;
  const own = scaleFor('s', size);
  return size < scale.size / 10 || own.size > scale.size ? own : scale;
}
