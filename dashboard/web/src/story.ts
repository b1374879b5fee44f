// SPDX-License-Identifier: EUPL-1.2
// story: the sentences that open the page: how it is, what got better, what to watch. Pure: the
// same figures give the same sentences.
import { isMet, targetFor, type Change, type Figure } from './figure';
import type { ServiceConcern } from './concern';
import { hotStep, type FunnelStep } from './funnel';
import { scaleFor } from './quantity';
import { changePhrase, comparedPhrase, dataBegin, deltaPhrase, serviceName, thenPhrase, type HeadlineFigures, type View } from './view';

/** Pieces of a sentence, every second one strong. */
export type Sentence = readonly string[];

export interface StoryFacts {
  readonly headlines: readonly HeadlineFigures[];
  readonly concerns: readonly ServiceConcern[]; // the worst first
  readonly funnel: { readonly service: string; readonly steps: readonly FunnelStep[] } | null;
}

const FUNNEL_DROP_LEAST = 0.1; // of those who start; less is not worth a sentence

export function tellStory(view: View, facts: StoryFacts): Sentence[] {
  if (facts.headlines.every(({ now }) => now === null)) return [view.words.sayRich('story.none')];
  const sentences: Sentence[] = [];
  const processing = facts.headlines.find(({ headline }) => headline.kpi === 'processing_time');
  if (processing?.now) sentences.push(sayProcessing(view, processing));
  const improved = sayImproved(view, facts);
  if (improved) sentences.push(improved);
  const watch = sayWatch(view, facts);
  if (watch) sentences.push(watch);
  // Calm is a judgement, too: not without anything to compare with.
  else if (facts.headlines.some(({ change }) => change.verdict !== 'unknown')) sentences.push(view.words.sayRich('story.calm'));
  return sentences;
}

function sayProcessing(view: View, figures: HeadlineFigures): Sentence {
  const { words } = view;
  const { now, change, scale, gap, isSettled } = figures;
  const after = words.after(now!.value, scale);
  const then = thenPhrase(view);
  const date = dataBegin(view);
  if (!isSettled) return words.sayRich('story.processing.early', { after, date });
  if (gap === 'long') return words.sayRich('story.processing.long', { after, then, date });
  if (gap) return words.sayRich('story.processing.begins', { after, with: comparedPhrase(view), date });
  if (change.verdict === 'unknown') return words.sayRich('story.processing.unknown', { after });
  if (change.verdict === 'same') return words.sayRich('story.processing.same', { after, then });
  if (change.verdict === 'usual') return words.sayRich('story.processing.usual', { after, change: changePhrase(view, figures) });
  const delta = deltaPhrase(words, change.delta, scale);
  return words.sayRich(`story.processing.${change.delta < 0 ? 'less' : 'more'}`, { after, delta, then });
}

/** How much a figure moved, compared with where it was: makes days and shares comparable. */
function relativeMove({ change, now }: { change: Change; now: Figure | null }): number {
  const before = (now?.value ?? 0) - change.delta;
  return before === 0 ? 0 : Math.abs(change.delta / before);
}

/** The one headline figure or service that got better the most. */
function sayImproved(view: View, { headlines, concerns }: StoryFacts): Sentence | null {
  const figures = headlines
    .filter(({ headline, change }) => headline.kpi !== 'processing_time' && change.verdict === 'better')
    .sort((a, b) => relativeMove(b) - relativeMove(a))[0];
  const service = concerns
    .filter(({ situation }) => situation === 'faster')
    .sort((a, b) => relativeMove(b) - relativeMove(a))[0];
  if (service && !view.service && view.services.length > 1 && (!figures || relativeMove(service) > relativeMove(figures)))
    return sayFaster(view, service);
  if (!figures) return null;
  const value = view.words.quantity(figures.now!.value, figures.scale);
  return view.words.sayRich('story.improved', { name: figures.name, value, change: changePhrase(view, figures) });
}

function sayFaster(view: View, { service, now, change }: ServiceConcern): Sentence {
  const scale = scaleFor('s', now!.value);
  const delta = deltaPhrase(view.words, change.delta, scale);
  return view.words.sayRich('story.improved', {
    name: serviceName(view, service),
    value: view.words.quantity(now!.value, scale),
    change: view.words.say('change.speed.less', { delta, then: thenPhrase(view) }),
  });
}

/** One thing to watch: what got worse, else where people give up, else a missed target. */
function sayWatch(view: View, facts: StoryFacts): Sentence | null {
  const what = sayWorse(view, facts) ?? sayFunnel(view, facts) ?? sayService(view, facts) ?? sayMissed(view, facts);
  if (!what) return null;
  const [before, after] = view.words.say('story.watch', { what: '\n' }).split('\n') as [string, string];
  return [before + what[0], ...what.slice(1, -1), what[what.length - 1] + after];
}

function sayWorse(view: View, { headlines }: StoryFacts): Sentence | null {
  const worst = headlines
    .filter(({ headline, change }) => headline.kpi !== 'processing_time' && change.verdict === 'worse')
    .sort((a, b) => relativeMove(b) - relativeMove(a))[0];
  if (!worst) return null;
  const value = view.words.quantity(worst.now!.value, worst.scale);
  return view.words.sayRich('story.watch.worse', { name: worst.name, value, change: changePhrase(view, worst) });
}

function sayFunnel(view: View, { funnel }: StoryFacts): Sentence | null {
  const hot = funnel && hotStep(funnel.steps);
  if (!hot || hot.dropOfStarted < FUNNEL_DROP_LEAST) return null;
  return view.words.sayRich('story.watch.funnel', {
    service: serviceName(view, funnel.service),
    step: hot.name,
    n: Math.round(hot.dropOfStarted * 100),
  });
}

/** The service that stands first among those that miss their target or got slower. */
function sayService(view: View, { concerns }: StoryFacts): Sentence | null {
  const worst = concerns.find(({ situation }) => situation === 'over' || situation === 'slower');
  if (!worst?.now) return null;
  if (worst.target === null || worst.situation === 'slower') return saySlower(view, worst);
  return view.words.sayRich('story.watch.service', {
    service: serviceName(view, worst.service),
    value: view.words.quantity(worst.now.value, scaleFor('s', worst.now.value)),
    target: view.words.quantity(worst.target, scaleFor('s', worst.target)),
  });
}

function saySlower(view: View, { service, now, change }: ServiceConcern): Sentence {
  const scale = scaleFor('s', now!.value);
  const delta = deltaPhrase(view.words, change.delta, scale);
  return view.words.sayRich('story.watch.worse', {
    name: serviceName(view, service),
    value: view.words.quantity(now!.value, scale),
    change: view.words.say('change.speed.more', { delta, then: thenPhrase(view) }),
  });
}

function sayMissed(view: View, { headlines }: StoryFacts): Sentence | null {
  for (const { headline, name, now, scale, answer } of headlines) {
    const target = targetFor(view.tenant.targets, headline.kpi, view.service);
    if (!now || !target || isMet(now.value, target.value, answer.definition.direction)) continue;
    return view.words.sayRich('story.watch.target', {
      name,
      value: view.words.quantity(now.value, scale),
      target: view.words.quantity(target.value, scale),
    });
  }
  return null;
}
