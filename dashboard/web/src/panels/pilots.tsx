// SPDX-License-Identifier: EUPL-1.2
// pilots: what is tried here, and whether it made a difference, in the words of the server.
import { useState } from 'preact/hooks';

import type { Mark } from '../charts/time_chart';
import { axisOf, Track, type Span } from '../charts/track';
import { Failed, TableFrame } from '../panel';
import { beginAmong, usePilots, type Finding, type Group, type Interval, type Pilot, type PilotResult, type PilotVerdict } from '../pilot';
import { scaleFor } from '../quantity';
import { useRemote } from '../remote';
import type { View } from '../view';
import type { Words } from '../words';

/** Where pilots begin, for charts of the same municipality. */
export function useMarks(view: View, months: readonly string[]): Mark[] {
  return usePilots(view).flatMap((pilot) => {
    const at = beginAmong(months, pilot);
    const { title, pilot: dates } = pilot.plan;
    return at === null ? [] : [{ at, text: view.words.say('pilots.mark', { title, date: view.words.day(dates.from, 'UTC') }) }];
  });
}

const TAGS: { readonly [verdict in PilotVerdict]: readonly [sign: string, tone: string] } = {
  better: ['✓', 'good'],
  worse: ['✕', 'bad'],
  not_distinguishable: ['●', 'muted'],
  too_little_data: ['○', 'muted'],
};

export function Pilots({ view }: { view: View }) {
  const { words } = view;
  const pilots = usePilots(view);
  if (pilots.length === 0) return null;
  return (
    <section class="panel panel-pilots" aria-labelledby="pilots-heading">
      <h2 id="pilots-heading">{words.say('pilots.heading')}</h2>
      <p class="caption">{words.say('pilots.caption')}</p>
      {pilots.map((pilot) => (
        <OnePilot key={pilot.id} words={words} pilot={pilot} />
      ))}
    </section>
  );
}

function OnePilot({ words, pilot }: { words: Words; pilot: Pilot }) {
  const url = `v1/pilots/${pilot.id}/result?lang=${words.lang}`;
  const remote = useRemote<PilotResult>([url]);
  const [isTable, setTable] = useState(false);
  const { title } = pilot.plan;
  const label = words.say(isTable ? 'panel.chart' : 'panel.table');
  const result = remote.state === 'ready' ? remote.value[0]! : null;
  return (
    <article class="pilot" aria-busy={remote.state === 'loading'}>
      <h3>
        <bdi>{title}</bdi> {result && <Tag words={words} verdict={result.findings[0]!.verdict} />}
      </h3>
      {remote.state === 'loading' && <p class="placeholder">{words.say('panel.loading')}</p>}
      {remote.state === 'failed' && <Failed words={words} problem={remote.problem} retry={remote.retry} />}
      {result && (
        <>
          <p class="pilot-sentence">{result.findings[0]!.sentence}</p>
          {isTable ? (
            <TableFrame words={words} heading={title}>
              <Table words={words} findings={result.findings} />
            </TableFrame>
          ) : (
            <Groups words={words} finding={result.findings[0]!} />
          )}
          {result.findings.length > 1 && (
            <details class="assumptions">
              <summary>{words.say('pilots.more')}</summary>
              <ul>
                {result.findings.slice(1).map(({ kpi, sentence }) => (
                  <li key={kpi}>{sentence}</li>
                ))}
              </ul>
            </details>
          )}
          <div class="panel-foot">
            <p class="basis">
              {planText(words, pilot)} {words.say('panel.asof', { time: words.moment(result.as_of, pilot.plan.zone) })}
            </p>
            <ul class="panel-actions">
              <li>
                <button
                  type="button"
                  class="link turn"
                  aria-label={words.say('panel.of', { action: label, heading: title })}
                  onClick={() => setTable(!isTable)}
                >
                  {label}
                </button>
              </li>
              <li>
                <a
                  class="link"
                  href={`v1/pilots/${pilot.id}`}
                  aria-label={words.say('panel.of', { action: words.say('panel.definition'), heading: title })}
                >
                  {words.say('panel.definition')}
                </a>
              </li>
              <li>
                <a
                  class="link"
                  href={url}
                  download={`pilot-${pilot.id}.json`}
                  aria-label={words.say('panel.of', { action: words.say('panel.download'), heading: title })}
                >
                  {words.say('panel.download')}
                </a>
              </li>
            </ul>
          </div>
        </>
      )}
    </article>
  );
}

function Tag({ words, verdict }: { words: Words; verdict: PilotVerdict }) {
  const [sign, tone] = TAGS[verdict];
  return (
    <span class={`tag ${tone}`}>
      <span aria-hidden="true">{sign} </span>
      {words.say(`pilots.${verdict}`)}
    </span>
  );
}

function planText(words: Words, { id, frozen_at, plan }: Pilot): string {
  const DAY_MS = 86400000;
  const days = ({ from, to }: { from: string; to: string }) =>
    words.say('range.words', {
      low: words.day(from, 'UTC'),
      high: words.day(new Date(Date.parse(to) - DAY_MS).toISOString(), 'UTC'),
    });
  return words.say('pilots.plan', {
    id,
    before: days(plan.baseline),
    pilot: days(plan.pilot),
    frozen: words.day(frozen_at, plan.zone),
  });
}

const known = (value: number | null): value is number => value !== null;

function amount(words: Words, value: number | null, unit: string): string {
  return value === null ? '–' : words.quantity(value, scaleFor(unit, value));
}

/** Shares differ by percentage points. */
function difference(words: Words, value: number | null, unit: string): string {
  if (value === null) return '–';
  const size = Math.abs(value);
  const text = unit === 'ratio' ? words.say('pilots.points', { n: Math.round(size * 1000) / 10 }) : amount(words, size, unit);
  return value === 0 ? text : words.withSign(value < 0 ? '−' : '+', text);
}

function between(words: Words, { lo, hi }: Interval, unit: string): string {
  if (lo === null || hi === null) return '–';
  return words.say('roi.between', { low: difference(words, lo, unit), high: difference(words, hi, unit) });
}

function groupsOf(words: Words, { treated, control }: Finding): { name: string; group: Group }[] {
  return [
    { name: words.say('pilots.treated', { n: treated.units }), group: treated },
    ...(control && control.units > 0
      ? [{ name: words.say('pilots.control', { n: control.units }), group: control }]
      : []),
  ];
}

/** From before to during the pilot, with it and without; and the difference that it made. */
function Groups({ words, finding }: { words: Words; finding: Finding }) {
  const { unit, effect } = finding;
  const groups = groupsOf(words, finding).filter(({ group }) => known(group.before) && known(group.after));
  if (groups.length === 0) return null;
  const spanOf = ({ before, after }: Group): Span => ({ low: before!, high: after! });
  const at = axisOf(groups.map(({ group }) => spanOf(group)));
  const isKnown = known(effect.value) && known(effect.lo) && known(effect.hi);
  const spread = { low: effect.lo ?? 0, high: effect.hi ?? 0 };
  const arrow = words.dir === 'rtl' ? '←' : '→';
  return (
    <ul class="cases">
      {groups.map(({ name, group }) => (
        <li key={name}>
          <span>{name}</span>
          <Track at={at} {...spanOf(group)} mark={group.after!} />
          <span class="cases-value">
            <span>
              {amount(words, group.before, unit)} {arrow} <strong>{amount(words, group.after, unit)}</strong>
            </span>
          </span>
        </li>
      ))}
      {isKnown && (
        <li>
          <span>{words.say('pilots.effect')}</span>
          <Track at={axisOf([spread])} {...spread} mark={effect.value!} />
          <span class="cases-value">
            <strong>{difference(words, effect.value, unit)}</strong>
            <span class="cases-note">{between(words, effect, unit)}</span>
          </span>
        </li>
      )}
    </ul>
  );
}

function Table({ words, findings }: { words: Words; findings: readonly Finding[] }) {
  return (
    <table class="kern-table">
      <thead>
        <tr>
          <th scope="col">{words.say('pilots.group')}</th>
          {(['pilots.before', 'pilots.after', 'pilots.change', 'column.interval', 'column.n'] as const).map((key) => (
            <th scope="col" class="number" key={key}>
              {words.say(key)}
            </th>
          ))}
        </tr>
      </thead>
      {findings.map((finding) => (
        <tbody key={finding.kpi}>
          <tr>
            <th scope="rowgroup" colSpan={6}>
              {finding.name}
            </th>
          </tr>
          {groupsOf(words, finding).map(({ name, group }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number" data-value={group.before ?? ''}>{amount(words, group.before, finding.unit)}</td>
              <td class="number" data-value={group.after ?? ''}>{amount(words, group.after, finding.unit)}</td>
              <td class="number">{difference(words, group.change.value, finding.unit)}</td>
              <td class="number">{between(words, group.change, finding.unit)}</td>
              <td class="number">{`${words.number(group.n_before)} / ${words.number(group.n_after)}`}</td>
            </tr>
          ))}
          <tr>
            <th scope="row" colSpan={3}>{words.say('pilots.effect')}</th>
            <td class="number" data-value={finding.effect.value ?? ''}>{difference(words, finding.effect.value, finding.unit)}</td>
            <td class="number">{between(words, finding.effect, finding.unit)}</td>
            <td />
          </tr>
        </tbody>
      ))}
    </table>
  );
}
