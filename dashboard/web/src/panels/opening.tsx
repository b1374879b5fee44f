// SPDX-License-Identifier: EUPL-1.2
// opening: the sentences that one would say aloud. They wait for all they rest on; what cannot be
// had is left out, since its panel says so.
import type { Answer } from '../api';
import { funnelSteps } from '../funnel';
import { HEADLINES } from '../headline';
import { useRemote } from '../remote';
import { Rich } from '../rich';
import { tellStory } from '../story';
import { ask, askHeadlines, headlinesFigures, stepName, urlsOf, type View } from '../view';
import { askConcerns, concernsIn } from './attention';
import { useFunnelService } from './funnel';

export function Opening({ view }: { view: View }) {
  const { words } = view;
  const headlines = useRemote<Answer>(urlsOf(askHeadlines(view, HEADLINES)));
  const concerns = useRemote<Answer>(urlsOf(askConcerns(view)));
  const service = useFunnelService(view);
  const funnel = useRemote<Answer>(service ? urlsOf([ask(view, 'funnel', view.period, { service })]) : []);

  if (headlines.state === 'failed') return null;
  if ([headlines, concerns, funnel].some(({ state }) => state === 'loading') || headlines.state === 'loading' || service === undefined)
    return (
      <p class="opening loading" role="status">
        {words.say('story.loading')}
      </p>
    );

  const steps =
    funnel.state === 'ready' && funnel.value[0]
      ? funnelSteps(funnel.value[0], (step) => stepName(view, step))
      : [];
  const sentences = tellStory(view, {
    headlines: headlinesFigures(view, HEADLINES, headlines.value),
    concerns: concerns.state === 'ready' ? concernsIn(view, concerns.value) : [],
    funnel: service ? { service, steps } : null,
  });
  return (
    <p class="opening" role="status">
      {sentences.map((pieces, at) => (
        <span key={at}>
          <Rich pieces={pieces} />{' '}
        </span>
      ))}
    </p>
  );
}
