// SPDX-License-Identifier: EUPL-1.2
// panel: one question and its answer. The frame around every chart: what it rests on, the same as a
// table, its definition, its file; and what stands there while it loads, is empty or fails.
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';

import { questionUrl, type Answer, type Problem, type Question, type State } from './api';
import { numberIn, stateOf } from './figure';
import { useRemote } from './remote';
import { urlsOf, type View } from './view';
import type { TextKey, Words } from './words';

export interface PanelProps {
  readonly view: View;
  readonly id: string;
  readonly heading: string;
  readonly caption: (answers: readonly Answer[] | null) => string;
  readonly questions: readonly Question[]; // none: what to ask is not known yet
  /** Which of the questions the panel is about: their definitions and files. Default: the first. */
  readonly about?: readonly number[];
  readonly counted?: (answers: readonly Answer[]) => string; // "4.047 Anträge, 243 noch offen"
  readonly chart: (answers: readonly Answer[]) => ComponentChildren;
  readonly table?: (answers: readonly Answer[]) => ComponentChildren; // absent: the chart is one
  readonly note?: (answer: Answer) => string | null; // about its state, in place of the usual words
  readonly isEmpty?: (answers: readonly Answer[]) => boolean;
}

const LOADING = { state: 'loading' } as const;

export function Panel(props: PanelProps) {
  const { view, id, heading, caption, questions, about = [0] } = props;
  const { words } = view;
  const asked = useRemote<Answer>(urlsOf(questions));
  const remote = questions.length === 0 ? LOADING : asked;
  const [isTable, setTable] = useState(false);
  const [isDefinition, setDefinition] = useState(false);
  const definitionId = useId();
  const answers = remote.state === 'ready' ? remote.value : null;
  const isEmpty = answers !== null && (props.isEmpty ?? nothingReported)(about.map((at) => answers[at]!));
  const name = (action: TextKey) => words.say('panel.of', { action: words.say(action), heading });

  return (
    <section class={`panel panel-${id}`} aria-labelledby={`${id}-heading`} aria-busy={remote.state === 'loading'}>
      <h2 id={`${id}-heading`}>{heading}</h2>
      <p class="caption">{caption(answers)}</p>
      <div class="panel-body">
        {remote.state === 'loading' && <Loading words={words} />}
        {remote.state === 'failed' && <Failed words={words} problem={remote.problem} retry={remote.retry} />}
        {isEmpty && <Empty words={words} />}
        {answers && !isEmpty && (
          <>
            {about.length === 1 && <StateNote words={words} answer={answers[about[0]!]!} said={props.note} />}
            {isTable && props.table ? (
              <TableFrame words={words} heading={heading}>
                {props.table(answers)}
              </TableFrame>
            ) : (
              props.chart(answers)
            )}
          </>
        )}
      </div>
      {answers && (
        <div class="panel-foot">
          <p class="basis">{basisOf(view, props, answers, isEmpty)}</p>
          <ul class="panel-actions">
            {props.table && !isEmpty && (
              <li>
                <button
                  type="button"
                  class="link turn"
                  aria-label={name(isTable ? 'panel.chart' : 'panel.table')}
                  onClick={() => setTable(!isTable)}
                >
                  {words.say(isTable ? 'panel.chart' : 'panel.table')}
                </button>
              </li>
            )}
            <li>
              <button
                type="button"
                class="link"
                aria-expanded={isDefinition}
                aria-controls={definitionId}
                aria-label={name('panel.definition')}
                onClick={() => setDefinition(!isDefinition)}
              >
                {words.say('panel.definition')}
              </button>
            </li>
            {about.length === 1 && (
              <li>
                <a
                  class="link"
                  href={questionUrl(questions[about[0]!]!, 'csv')}
                  download
                  aria-label={name('panel.download')}
                >
                  {words.say('panel.download')}
                </a>
              </li>
            )}
          </ul>
        </div>
      )}
      <div id={definitionId} class="definition" hidden={!isDefinition}>
        {answers &&
          about.map((at) => (
            <DefinitionText
              key={at}
              words={words}
              answer={answers[at]!}
              download={about.length > 1 ? questionUrl(questions[at]!, 'csv') : null}
            />
          ))}
      </div>
    </section>
  );
}

export function nothingReported(answers: readonly Answer[]): boolean {
  return answers.every(({ rows }) => rows.every((row) => row['state'] === 'no_data'));
}

/** "3.214 Anträge, 187 noch offen · Stand 1. November 2026, 6:00" */
function basisOf(view: View, props: PanelProps, answers: readonly Answer[], isEmpty: boolean): string {
  const { words, tenant } = view;
  const { counted, about = [0] } = props;
  const asOf = words.say('panel.asof', { time: words.moment(answers[about[0]!]!.as_of, tenant.zone) });
  return counted && !isEmpty ? `${counted(answers)} · ${asOf}` : asOf;
}

/** n adds up over the rows of a partition; open stands still, so that of the last row is it. */
export function sumOf(answer: Answer, column: 'n' | 'open'): number {
  const values = answer.rows.map((row) => numberIn(row, column)).filter((value) => value !== null);
  if (column === 'open' && answer.by.includes('month')) return values[values.length - 1] ?? 0;
  return values.reduce((sum, value) => sum + value, 0);
}

const NOTED: readonly State[] = ['few', 'provisional', 'incomplete', 'suppressed'];

interface StateNoteProps {
  readonly words: Words;
  readonly answer: Answer;
  readonly said: PanelProps['note'];
}

function StateNote({ words, answer, said }: StateNoteProps) {
  // The first row of an ungrouped answer is about the whole of it.
  const state = answer.by.length === 0 ? stateOf(answer.rows[0]) : answer.state;
  if (!NOTED.includes(state) || (state === 'few' && answer.by.length > 0)) return null;
  const n = numberIn(answer.rows[0], 'n') ?? 0;
  const text = said ? said(answer) : words.say(`state.${state}` as TextKey, { n });
  return text && <p class="state-note">{text}</p>;
}

function Loading({ words }: { words: Words }) {
  return (
    <p class="placeholder">
      <span class="waiting" aria-hidden="true" />
      {words.say('panel.loading')}
    </p>
  );
}

function Empty({ words }: { words: Words }) {
  return <p class="placeholder">{words.say('panel.empty')}</p>;
}

export function Failed({ words, problem, retry }: { words: Words; problem: Problem; retry: () => void }) {
  return (
    <div class="placeholder failed" role="alert">
      <p>
        <span aria-hidden="true">⚠ </span>
        {words.say('panel.failed')}
      </p>
      <p class="caption" dir="auto">
        {problem.status === 0 ? words.say('panel.failed.offline') : `${problem.status} ${problem.title} ${problem.detail}`}
      </p>
      <button type="button" class="kern-btn kern-btn--secondary kern-btn--x-small" onClick={retry}>
        <span class="kern-label">{words.say('panel.retry')}</span>
      </button>
    </div>
  );
}

/** A wide table scrolls in its own frame, by keyboard too. */
export function TableFrame(props: { words: Words; heading: string; children: ComponentChildren }) {
  const label = props.words.say('panel.table.scroll', { heading: props.heading });
  return (
    <div class="table-frame" role="region" aria-label={label} tabIndex={0}>
      {props.children}
    </div>
  );
}

function DefinitionText({ words, answer, download }: { words: Words; answer: Answer; download: string | null }) {
  const { definition, calendar, notes } = answer;
  // Names and explanations come in every language, exact wording in these two.
  const exact = words.lang === 'de' ? 'de' : 'en';
  return (
    <article>
      <h3>{definition.name}</h3>
      <p>{definition.explanation}</p>
      <dl>
        {(['population', 'formula', 'exclusions'] as const).map((part) => (
          <div key={part}>
            <dt>{words.say(`definition.${part}`)}</dt>
            <dd lang={exact} dir="ltr">
              {definition[part]}
            </dd>
          </div>
        ))}
      </dl>
      <p>
        {[
          definition.view && words.say(definition.view === 'intake' ? 'definition.view.intake' : 'definition.view.closing'),
          definition.clock &&
            (definition.clock === 'gross'
              ? words.say('definition.clock.gross')
              : words.say('definition.clock.working_days', { calendar })),
          words.say('definition.same'),
        ]
          .filter(Boolean)
          .join(' ')}
      </p>
      {notes.length > 0 && (
        <ul lang="en" dir="ltr">
          {notes.map(({ key, text }) => (
            <li key={key}>{text}</li>
          ))}
        </ul>
      )}
      <p class="caption">
        {words.say('definition.version', { id: definition.id, version: String(definition.version) })}
        {download && (
          <>
            {' · '}
            <a class="link" href={download} download>
              {words.say('panel.download.of', { name: definition.name })}
            </a>
          </>
        )}
      </p>
    </article>
  );
}
