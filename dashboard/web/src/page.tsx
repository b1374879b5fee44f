// SPDX-License-Identifier: EUPL-1.2
// page: from what is chosen and what there is to the view, and the panels in their order.
import { useEffect, useMemo } from 'preact/hooks';

import { choiceAddress, useChoice, type Choice } from './address';
import type { Dimensions, Tenant } from './api';
import { Failed } from './panel';
import { Appointments } from './panels/appointments';
import { Attention } from './panels/attention';
import { Cards } from './panels/cards';
import { Due } from './panels/due';
import { Filters } from './panels/filters';
import { Foot } from './panels/foot';
import { Funnel } from './panels/funnel';
import { Online } from './panels/online';
import { Opening } from './panels/opening';
import { Pilots } from './panels/pilots';
import { Processing } from './panels/processing';
import { Roi } from './panels/roi';
import { parsePeriod, periodsOf } from './period';
import { useRemote } from './remote';
import { useTheme } from './theme';
import { periodName, serviceName, type View } from './view';
import { chooseLang, LANGS, LANGUAGES, Words } from './words';

export function Page() {
  const [choice, choose] = useChoice();
  const lang = chooseLang([choice.lang, ...navigator.languages]);
  const words = useMemo(() => new Words(lang), [lang]);
  const remote = useRemote<Dimensions>(['v1/dimensions']);
  useEffect(() => {
    document.documentElement.lang = lang;
    document.documentElement.dir = words.dir;
  }, [words]);

  const dimensions = remote.state === 'ready' ? remote.value[0]! : null;
  const view = dimensions && viewOf(dimensions, choice, words);
  return (
    <>
      <a class="skip" href="#content">
        {words.say('page.skip')}
      </a>
      <Bar words={words} choose={choose} />
      <main class="wrap" id="content" tabIndex={-1}>
        {remote.state === 'loading' && <p class="placeholder">{words.say('panel.loading')}</p>}
        {remote.state === 'failed' && <Failed words={words} problem={remote.problem} retry={remote.retry} />}
        {dimensions && !view && (
          <>
            <h1>{words.say('page.empty.heading')}</h1>
            <p class="opening">{words.say('page.empty')}</p>
          </>
        )}
        {dimensions && view && <Content view={view} tenants={dimensions.tenants} choose={choose} />}
      </main>
      <div class="wrap">
        <Foot words={words} zone={view?.tenant.zone ?? 'UTC'} />
      </div>
    </>
  );
}

interface ContentProps {
  readonly view: View;
  readonly tenants: readonly Tenant[];
  readonly choose: (change: Partial<Choice>) => void;
}

function Content({ view, tenants, choose }: ContentProps) {
  const { words, tenant, service, period } = view;
  const title = words.say('page.title', { tenant: tenant.name, period: periodName(view, period) });
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <>
      <div class="head">
        <h1>
          {service
            ? words.say('page.heading.service', { tenant: tenant.name, service: serviceName(view, service) })
            : words.say('page.heading', { tenant: tenant.name })}
        </h1>
        <p class="print-only">{periodName(view, period)}</p>
        <Filters view={view} tenants={tenants} choose={choose} />
      </div>
      <Opening view={view} />
      <Cards view={view} />
      <div class="panels">
        <Processing view={view} />
        <Funnel view={view} />
        <Attention view={view} choose={choose} />
        <Appointments view={view} />
        <Due view={view} />
        <Online view={view} />
        <Roi view={view} />
        <Pilots view={view} />
      </div>
    </>
  );
}

function Bar({ words, choose }: { words: Words; choose: (change: Partial<Choice>) => void }) {
  const [theme, toggle] = useTheme();
  return (
    <header class="bar">
      <div class="wrap">
        <a class="brand" href={location.pathname}>
          <Mark />
          Pegel
        </a>
        <nav class="tools" aria-label={words.say('page.language')}>
          {LANGS.map((each) => (
            <a
              key={each}
              class="tool"
              href={choiceAddress({ lang: each })}
              lang={each}
              hreflang={each}
              aria-current={each === words.lang ? 'true' : undefined}
              onClick={(event) => {
                event.preventDefault();
                choose({ lang: each });
              }}
            >
              {LANGUAGES[each].texts['language.name'] as string}
            </a>
          ))}
        </nav>
        <button type="button" class="tool" onClick={toggle}>
          <span aria-hidden="true">{theme === 'dark' ? '☀' : '☾'} </span>
          <span class="tool-text">{words.say(theme === 'dark' ? 'page.theme.light' : 'page.theme.dark')}</span>
        </button>
        <button type="button" class="tool print" onClick={() => print()}>
          {words.say('page.print')}
        </button>
      </div>
    </header>
  );
}

function Mark() {
  return (
    <svg class="mark" width="26" height="26" viewBox="0 0 26 26" aria-hidden="true">
      <rect x="1" y="1" width="24" height="24" rx="6" />
      <path d="M6 6h5M6 10h3M6 14h5M6 18h3" stroke-width="1.6" />
      <path d="M12 17c2-2 3-2 4.500-.6S20 17 21 16" stroke-width="2" fill="none" />
    </svg>
  );
}

/** What is chosen as far as it is there; else the largest municipality and its last whole month. */
function viewOf({ tenants, services, steps }: Dimensions, choice: Choice, words: Words): View | null {
  const known = tenants.filter(({ first, last }) => first !== null && last !== null);
  const largest = known.reduce<Tenant | null>((most, t) => (most && most.events >= t.events ? most : t), null);
  const tenant = known.find(({ key }) => key === choice.tenant) ?? largest;
  if (!tenant) return null;
  const own = services.filter((service) => service.tenant === tenant.key);
  const period = parsePeriod(choice.period) ?? periodsOf(tenant.first!, tenant.last!, tenant.zone).latest;
  return {
    words,
    tenant,
    services: own,
    steps,
    service: own.some(({ key }) => key === choice.service) ? choice.service : '',
    period,
    // A year earlier is the year before.
    comparison: choice.compare === 'before' && period.months < 12 ? 'before' : 'year',
  };
}
