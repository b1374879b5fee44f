// SPDX-License-Identifier: EUPL-1.2
// view: what the page is about at the moment, and the questions that follow from it. Every panel
// gets it whole.
import { questionUrl, type Answer, type Name, type Question, type Service, type Step, type Tenant } from './api';
import { gapOf, lastUnsettled, type Gap, type Reach } from './basis';
import type { Headline } from './headline';
import {
  comparedPeriod,
  courseOf,
  monthOf,
  monthText,
  periodFrom,
  periodText,
  periodTo,
  type Comparison,
  type Period,
} from './period';
import { changeOf, figureIn, numberIn, UNKNOWN, type Change, type Figure } from './figure';
import type { Words } from './words';
import { isTime, quantityOf, scaleFor, type Scale } from './quantity';

export interface View {
  readonly words: Words;
  readonly tenant: Tenant;
  readonly services: readonly Service[]; // of the tenant, all of them
  readonly steps: readonly Step[]; // those that have names
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

/** Nine of ten over all data: periods soon after the data begin cannot tell how long things take. */
export function askEver(view: View, kpi: string, more: Partial<Question> = {}): Question {
  return { kpi, tenant: view.tenant.key, service: view.service, stat: 'p90', lang: view.words.lang, ...more };
}

/** Whether the figure changed by more than it changes anyway. */
function askTold(view: View, kpi: string): Question {
  const { tenant, service, period, comparison, words } = view;
  const compare = comparison === 'year' ? 'year' : 'before';
  return { kpi: `${kpi}/sentence`, tenant: tenant.key, service, period: periodText(period), compare, lang: words.lang };
}

/** The figure now, then, and month by month; its change; and, where it looks back, over all data. */
export function askHeadline(view: View, { kpi, stat, looksBack }: Headline): Question[] {
  const more = stat === undefined ? {} : { stat };
  const { from, to } = courseOf(view.period);
  const questions = [
    ask(view, kpi, view.period, more),
    ask(view, kpi, comparedPeriod(view.period, view.comparison), more),
    ask(view, kpi, view.period, { ...more, from, to, by: 'month' }),
    askTold(view, kpi),
  ];
  return looksBack ? [...questions, askEver(view, kpi)] : questions;
}
export const COURSE = 2; // which of them is month by month

/** Several headlines asked at once, and their answers told apart again. */
export function askHeadlines(view: View, headlines: readonly Headline[]): Question[] {
  return headlines.flatMap((headline) => askHeadline(view, headline));
}
export function headlinesFigures(
  view: View,
  headlines: readonly Headline[],
  answers: readonly Answer[],
): HeadlineFigures[] {
  let from = 0;
  return headlines.map((headline) => {
    const own = answers.slice(from, from + askHeadline(view, headline).length);
    from += own.length;
    return headlineFigures(view, headline, own);
  });
}

export function urlsOf(questions: readonly Question[]): string[] {
  return questions.map((question) => questionUrl(question));
}

export interface HeadlineFigures {
  readonly headline: Headline;
  readonly name: string;
  readonly now: Figure | null;
  readonly then: Figure | null;
  readonly change: Change; // unknown where the data do not reach back far enough to tell
  readonly gap: Gap | null; // of the period that it is compared with
  readonly isSettled: boolean; // false: what takes long is still missing from the figure itself
  readonly unsettled: Unsettled | null; // months of the course of which the same is true
  readonly scale: Scale;
  readonly answer: Answer; // of the period
  readonly course: Answer;
}

/** Months of a course, from the one in which the data begin. */
export interface Unsettled {
  readonly from: number; // index of the first
  readonly to: number; // and of the first that holds
  readonly caption: string;
  readonly short: string;
}

/** How far back the data of the chosen service, or of another, reach. */
export function reachOf({ tenant, services, service }: View, span: number | null, of = service): Reach {
  const first = services.find(({ key }) => key === of)?.first ?? tenant.first!;
  return { first, zone: tenant.zone, span };
}

/** How long nine of ten take: in the period and, since that may itself be too early to tell, ever. */
export function spanOf(row: Answer['rows'][number] | undefined, ever: Answer['rows'][number] | undefined): number {
  return Math.max(numberIn(row, 'p90') ?? 0, numberIn(ever, 'p90') ?? 0);
}

function unsettledOf(view: View, reach: Reach, looksBack: Headline['looksBack']): Unsettled | null {
  const last = lastUnsettled(reach);
  const { months } = courseOf(view.period);
  const begin = monthText(monthOf(reach.first, reach.zone).month);
  const from = months.filter((month) => month < begin).length;
  const to = last === null ? 0 : months.filter((month) => month <= monthText(last)).length;
  if (from >= to || !looksBack) return null;
  const values = { month: view.words.month(months[to - 1]!), date: dataBegin(view) };
  return {
    from,
    to,
    caption: view.words.say(`unsettled.${looksBack}`, values),
    short: view.words.say(`unsettled.${looksBack}.short`),
  };
}

/** "1. Oktober 2025" */
export function dataBegin(view: View, service = view.service): string {
  const { first, zone } = reachOf(view, null, service);
  return view.words.day(first, zone);
}

export function headlineFigures(view: View, headline: Headline, answers: readonly Answer[]): HeadlineFigures {
  const [now, then, course, told, ever] = answers;
  const answer = now!;
  const reach = reachOf(view, headline.looksBack ? spanOf(answer.rows[0], ever?.rows[0]) : null);
  const gap = gapOf(comparedPeriod(view.period, view.comparison), reach);
  const figure = figureIn(answer.rows[0]);
  const before = figureIn(then!.rows[0]);
  const magnitude = figure?.value ?? before?.value ?? 0;
  return {
    headline,
    name: answer.definition.name,
    now: figure,
    then: before,
    change: gap ? UNKNOWN : changeOf(figure, before, answer.definition.direction, told?.change?.verdict),
    gap,
    isSettled: reach.span === null || gapOf(view.period, reach) === null,
    unsettled: unsettledOf(view, reach, headline.looksBack),
    scale: scaleFor(answer.definition.unit, magnitude),
    answer,
    course: course!,
  };
}

export function serviceName(view: View, key: string): string {
  return nameIn(view, view.services, key);
}

/** The beginning and the end have names of ours, pages those of the configuration, else as they were sent. */
export function stepName(view: View, key: string): string {
  if (key === 'started' || key === 'submitted') return view.words.say(`funnel.${key}`);
  return nameIn(view, view.steps, key);
}

function nameIn({ words }: View, named: readonly { readonly key: string; readonly name: Name }[], key: string): string {
  const name = named.find((each) => each.key === key)?.name;
  return name?.[words.lang] ?? name?.['en'] ?? name?.['de'] ?? key;
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

/** "2 Tage schneller als ein Jahr zuvor", or why there is nothing to say. */
export function changePhrase(view: View, figures: HeadlineFigures): string {
  const { headline, change, scale, gap, isSettled } = figures;
  const then = thenPhrase(view);
  if (gap) {
    const { looksBack } = headline;
    const date = dataBegin(view);
    if (looksBack && !isSettled) return view.words.say(`gap.own.${looksBack}`, { date });
    return view.words.say(gap === 'long' ? `gap.long.${looksBack!}` : 'gap.begins', { then, date });
  }
  if (change.verdict === 'unknown') return view.words.say('change.unknown', { then });
  if (change.verdict === 'same') return view.words.say('change.same', { then });
  const delta = deltaPhrase(view.words, change.delta, scale);
  const told = view.words.say(`change.${headline.manner}.${change.delta < 0 ? 'less' : 'more'}`, { delta, then });
  return change.verdict === 'usual' ? view.words.say('change.usual', { change: told }) : told;
}

/** "Oktober 2025 bis Oktober 2026" */
export function courseName({ words, period }: View): string {
  const { months } = courseOf(period);
  return words.say('range.words', { low: words.month(months[0]!), high: words.month(months[months.length - 1]!) });
}

/** "4.047 Anträge, 243 noch offen" */
export function countedPhrase(words: Words, basis: Headline['basis'], n: number, open: number): string {
  const counted = words.say(basis, { n });
  return open > 0 ? `${counted}${words.say('comma')}${words.say('basis.open', { n: open })}` : counted;
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
