// SPDX-License-Identifier: EUPL-1.2
// attention: the services, what stands out first. A service's name chooses it.
import { useState } from 'preact/hooks';

import type { Answer } from '../api';
import { choiceAddress, type Choice } from '../address';
import { concernsOf, type ServiceConcern, type Situation } from '../concern';
import { Panel, sumOf, TableFrame } from '../panel';
import { comparedPeriod } from '../period';
import { scaleFor } from '../quantity';
import { ask, comparedPhrase, countedPhrase, deltaPhrase, periodName, serviceName, type View } from '../view';
import type { TextKey, Words } from '../words';

const ROWS_FIRST = 6;

interface AttentionProps {
  readonly view: View;
  readonly choose: (change: Partial<Choice>) => void;
}

export function askConcerns(view: View) {
  const more = { service: '', by: 'service', stat: 'p50' };
  return [
    ask(view, 'processing_time', view.period, more),
    ask(view, 'processing_time', comparedPeriod(view.period, view.comparison), more),
  ];
}

export function Attention({ view, choose }: AttentionProps) {
  const { words } = view;
  const heading = words.say('attention.heading');
  return (
    <Panel
      view={view}
      id="attention"
      heading={heading}
      caption={() => words.say('attention.caption', { period: periodName(view, view.period), with: comparedPhrase(view) })}
      questions={askConcerns(view)}
      counted={([answer]) => countedPhrase(words, 'basis.case', sumOf(answer!, 'n'), sumOf(answer!, 'open'))}
      isEmpty={([now]) => now!.rows.length === 0}
      chart={([now, then]) => (
        <Services view={view} choose={choose} heading={heading} now={now!} then={then!} />
      )}
    />
  );
}

function Services({ view, choose, heading, now, then }: AttentionProps & { heading: string; now: Answer; then: Answer }) {
  const { words } = view;
  const [isAll, setAll] = useState(false);
  const concerns = concernsOf(now, then, view.tenant.targets);
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
        <Tag words={words} concern={concern} />
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
  few: { sign: '○', tone: 'muted', text: 'state.few.short' },
  none: { sign: '○', tone: 'muted', text: 'state.no_data.short' },
};

function Tag({ words, concern }: { words: Words; concern: ServiceConcern }) {
  const { sign, tone, text } = TAGS[concern.situation];
  const moved = concern.change.verdict === 'better' || concern.change.verdict === 'worse';
  return (
    <span class="situation">
      <span class={`tag ${tone}`}>
        <span aria-hidden="true">{sign} </span>
        {words.say(text)}
      </span>
      {moved && <span class="situation-change">{moveOf(words, concern)}</span>}
    </span>
  );
}

function moveOf(words: Words, { now, change }: ServiceConcern): string {
  const delta = deltaPhrase(words, change.delta, scaleFor('s', now!.value));
  return words.say(change.delta < 0 ? 'attention.less' : 'attention.more', { delta });
}
