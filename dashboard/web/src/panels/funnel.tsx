// SPDX-License-Identifier: EUPL-1.2
// funnel: where people give up on a form. One step is hot; it is named in words, too.
import type { Answer } from '../api';
import { numberIn } from '../figure';
import { funnelSteps, hotStep, type FunnelStep } from '../funnel';
import { Panel } from '../panel';
import { useRemote } from '../remote';
import { ask, countedPhrase, periodName, serviceName, stepName, urlsOf, type View } from '../view';

/** Without a chosen service: the one whose form loses the most people. null: none; undefined: not known yet. */
export function useFunnelService(view: View): string | null | undefined {
  const question = ask(view, 'abandonment', view.period, { by: 'service' });
  const remote = useRemote<Answer>(view.service ? [] : urlsOf([question]));
  if (view.service) return view.service;
  if (remote.state === 'loading') return undefined;
  return remote.state === 'ready' ? mostAbandoned(remote.value[0]) : null;
}

export function mostAbandoned(answer: Answer | undefined): string | null {
  let most = 0;
  let service: string | null = null;
  for (const row of answer?.rows ?? []) {
    const lost = (numberIn(row, 'value') ?? 0) * (numberIn(row, 'n') ?? 0);
    if (lost <= most) continue;
    most = lost;
    service = row['service'] as string;
  }
  return service;
}

export function Funnel({ view }: { view: View }) {
  const { words } = view;
  const service = useFunnelService(view);
  const period = periodName(view, view.period);
  const stepsOf = (answer: Answer) => funnelSteps(answer, (step) => stepName(view, step));
  return (
    <Panel
      view={view}
      id="funnel"
      heading={words.say('funnel.heading')}
      caption={() =>
        service
          ? words.say('funnel.caption', { service: serviceName(view, service), period })
          : words.say('funnel.caption.none', { period })
      }
      questions={service === undefined ? [] : [ask(view, 'funnel', view.period, service ? { service } : {})]}
      counted={([answer]) => {
        const [first] = stepsOf(answer!);
        return countedPhrase(words, 'basis.attempt', first?.reach ?? 0, numberIn(answer!.rows[0], 'open') ?? 0);
      }}
      isEmpty={([answer]) => stepsOf(answer!).length === 0}
      chart={([answer]) => <Steps view={view} steps={stepsOf(answer!)} />}
      table={([answer]) => <Table view={view} steps={stepsOf(answer!)} />}
    />
  );
}

function Steps({ view: { words }, steps }: { view: View; steps: FunnelStep[] }) {
  const hot = hotStep(steps);
  const share = (value: number) => words.number(Math.round(value * 100));
  const submitted = steps.find(({ step }) => step === 'submitted');
  const summary = words.say('funnel.summary', {
    submitted: share(submitted?.reachShare ?? 0),
    drop: share(hot?.dropOfStarted ?? 0),
    step: hot?.name ?? '',
  });
  return (
    <>
      {hot && <p class="kern-sr-only">{summary}</p>}
      <ol class="steps">
        {steps.map((step) => (
          <li key={step.step} class={step === hot ? 'step hot' : 'step'}>
            <span class="step-name">{step.name}</span>
            <span class="step-track" aria-hidden="true">
              <span class="step-fill" style={{ inlineSize: `${step.reachShare * 100}%` }} />
            </span>
            <span class="step-share">{share(step.reachShare)}</span>
            <span class="step-drop">{step.drop > 0 ? words.withSign('−', share(step.dropOfStarted)) : ''}</span>
            {step === hot && (
              <span class="step-note">
                <span aria-hidden="true">▲ </span>
                {words.say('funnel.hot')}
              </span>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}

function Table({ view: { words }, steps }: { view: View; steps: FunnelStep[] }) {
  return (
    <table class="kern-table">
      <thead>
        <tr>
          <th scope="col">{words.say('funnel.column.step')}</th>
          <th scope="col" class="number">{words.say('funnel.column.reach')}</th>
          <th scope="col" class="number">{words.say('funnel.column.share')}</th>
          <th scope="col" class="number">{words.say('funnel.column.drop')}</th>
          <th scope="col" class="number">{words.say('funnel.column.errors')}</th>
        </tr>
      </thead>
      <tbody>
        {steps.map((step) => (
          <tr key={step.step}>
            <th scope="row">{step.name}</th>
            <td class="number" data-value={step.reach}>{words.number(step.reach)}</td>
            <td class="number">{words.number(step.reachShare * 100)}</td>
            <td class="number" data-value={step.drop}>{words.number(step.drop)}</td>
            <td class="number">{step.errors === null ? '–' : words.number(step.errors)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
