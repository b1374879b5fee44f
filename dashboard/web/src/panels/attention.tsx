// SPDX-License-Identifier: EUPL-1.2
// attention: the services, what stands out first. A service's name chooses it.
import { useState } from 'preact/hooks';

import type { Answer } from '../api';
import { choiceAddress, type Choice } from '../address';
import { gapOf } from '../basis';
import { concernsOf, type ServiceConcern, type Situation } from '../concern';
import { Panel, sumOf, TableFrame } from '../panel';
import { comparedPeriod } from '../period';
import { scaleFor } from '../quantity';
import {
  ask,
  askEver,
  comparedPhrase,
  countedPhrase,
  dataBegin,
  deltaPhrase,
  periodName,
  reachOf,
  serviceName,
  spanOf,
  thenPhrase,
  type View,
} from '../view';
import type { TextKey } from '../words';

const ROWS_FIRST = 6;

interface AttentionProps {
  readonly view: View;
  readonly choose: (change: Partial<Choice>) => void;
}

export function askConcerns(view: View) {
  const more = { service: '', by: 'service', stat: 'p50,p90' };
  return [
    ask(view, 'processing_time', view.period, more),
    ask(view, 'processing_time', comparedPeriod(view.period, view.comparison), more),
    askEver(view, 'processing_time', { service: '', by: 'service' }),
  ];
}

/** Each service by the data of its own, and by the time that its own cases take. */
export function concernsIn(view: View, [now, then, ever]: readonly Answer[]): ServiceConcern[] {
  const all = new Map(ever!.rows.map((row) => [row['service'], row]));
  return concernsOf(now!, then!, view.tenant.targets, (service, row) => {
    const reach = reachOf(view, spanOf(row, all.get(service)), service);
    const gap = gapOf(comparedPeriod(view.period, view.comparison), reach);
    return { gap, isSettled: gapOf(view.period, reach) === null };
  });
}

/** The data of the whole municipality begin too late to compare anything. */
function isAllNew(view: View): boolean {
  return gapOf(comparedPeriod(view.period, view.comparison), reachOf(view, null, '')) !== null;
}

export function Attention({ view, choose }: AttentionProps) {
  const { words } = view;
  const heading = words.say('attention.heading');
  return (
    <Panel
      view={view}
      id="attention"
      heading={heading}
      caption={() =>
        words.say(isAllNew(view) ? 'attention.caption.begins' : 'attention.caption', {
          period: periodName(view, view.period),
          with: comparedPhrase(view),
          date: dataBegin(view, ''),
        })
      }
      questions={askConcerns(view)}
      counted={([answer]) => countedPhrase(words, 'basis.case', sumOf(answer!, 'n'), sumOf(answer!, 'open'))}
      isEmpty={([now]) => now!.rows.length === 0}
      chart={(answers) => <Services view={view} choose={choose} heading={heading} concerns={concernsIn(view, answers)} />}
    />
  );
}

interface ServicesProps extends AttentionProps {
  readonly heading: string;
  readonly concerns: readonly ServiceConcern[];
}

function Services({ view, choose, heading, concerns }: ServicesProps) {
  const { words } = view;
  const [isAll, setAll] = useState(false);
  const shown = concerns.filter(({ service }, at) => isAll || at < ROWS_FIRST || service === view.service);
  return (
    <>
      <TableFrame words={words} heading={heading}>
        <table class="kern-table services">
          <thead>
            <tr>
              <th scope="col">{words.say('attention.column.service')}</th>
              <th scope="col" class="number">{words.say('attention.column.median')}</th>
              <th scope="col" class="number">{words.say('attention.column.target')}</th>
              <th scope="col" class="number">{words.say('attention.column.open')}</th>
              <th scope="col">{words.say('attention.column.situation')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((concern) => (
              <ServiceRow key={concern.service} view={view} choose={choose} concern={concern} />
            ))}
          </tbody>
        </table>
      </TableFrame>
      {concerns.length > ROWS_FIRST && (
        <button type="button" class="link more" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
          {words.say(isAll ? 'attention.fewer' : 'attention.all', { n: concerns.length })}
        </button>
      )}
    </>
  );
}

function ServiceRow({ view, choose, concern }: AttentionProps & { concern: ServiceConcern }) {
  const { words } = view;
  const { service, now, target } = concern;
  const chosen = view.service === service;
  const time = (value: number | null) => (value === null ? '–' : words.quantity(value, scaleFor('s', value)));
  return (
    <tr class={chosen ? 'chosen' : undefined}>
      <th scope="row">
        <a
          class="link"
          href={choiceAddress({ service: chosen ? '' : service })}
          aria-current={chosen ? 'true' : undefined}
          onClick={(event) => {
            event.preventDefault();
            choose({ service: chosen ? '' : service });
          }}
        >
          {serviceName(view, service)}
        </a>
      </th>
      <td class="number" data-value={now?.value ?? ''}>
        {now ? time(now.value) : words.say(`state.${concern.state}.short` as TextKey)}
      </td>
      <td class="number" data-label={words.say('attention.column.target')}>
        {time(target)}
      </td>
      <td class="number" data-label={words.say('attention.column.open')}>
        {now?.open == null ? '–' : words.number(now.open)}
      </td>
      <td>
        <Situated view={view} concern={concern} />
      </td>
    </tr>
  );
}

const TAGS: { readonly [situation in Situation]: { sign: string; tone: string; text: TextKey } } = {
  over: { sign: '▲', tone: 'bad', text: 'attention.over' },
  slower: { sign: '▲', tone: 'warn', text: 'attention.slower' },
  faster: { sign: '▼', tone: 'good', text: 'attention.faster' },
  met: { sign: '✓', tone: 'good', text: 'attention.met' },
  same: { sign: '●', tone: 'muted', text: 'attention.same' },
  new: { sign: '○', tone: 'muted', text: 'attention.new' },
  early: { sign: '○', tone: 'muted', text: 'attention.early' },
  few: { sign: '○', tone: 'muted', text: 'state.few.short' },
  none: { sign: '○', tone: 'muted', text: 'state.no_data.short' },
};

function Situated({ view, concern }: { view: View; concern: ServiceConcern }) {
  const { sign, tone, text } = TAGS[concern.situation];
  return (
    <span class="situation">
      <span class={`tag ${tone}`}>
        <span aria-hidden="true">{sign} </span>
        {view.words.say(text)}
      </span>
      {reasonsOf(view, concern).map((reason) => (
        <span key={reason} class="situation-change">
          {reason}
        </span>
      ))}
    </span>
  );
}

/** By how much it misses its target and how it moved; or why nothing can be said about that. */
function reasonsOf(view: View, { service, now, target, change, gap, isSettled, situation }: ServiceConcern): string[] {
  const { words } = view;
  if (!now || situation === 'few') return [];
  const delta = (size: number) => deltaPhrase(words, size, scaleFor('s', now.value));
  const then = thenPhrase(view);
  const reasons: string[] = [];
  if (situation === 'over') reasons.push(words.say('attention.over.by', { delta: delta(now.value - target!) }));
  if (change.verdict === 'better' || change.verdict === 'worse')
    reasons.push(words.say(change.delta < 0 ? 'change.speed.less' : 'change.speed.more', { delta: delta(change.delta), then }));
  if (!isSettled) reasons.push(words.say('unsettled.case.short'));
  else if (gap === 'long') reasons.push(words.say('attention.long', { then }));
  else if (gap === 'begins' && !isAllNew(view)) reasons.push(words.say('attention.since', { date: dataBegin(view, service) }));
  return reasons;
}
