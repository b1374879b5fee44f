// SPDX-License-Identifier: EUPL-1.2
// foot: the truth under the page: are the sources delivering, since when; rules; versions.
import type { Definition, Status } from '../api';
import { useRemote } from '../remote';
import type { Words } from '../words';

const QUIET_MS = 24 * 3600 * 1000;

type Kpis = { readonly kpis: readonly Definition[] };

export function Foot({ words, zone }: { words: Words; zone: string }) {
  const remote = useRemote<Status | Kpis>(['v1/status', 'v1/kpis']);
  if (remote.state === 'loading') return <footer class="foot" />;
  if (remote.state === 'failed')
    return (
      <footer class="foot">
        <p class="warn">
          <span aria-hidden="true">✕ </span>
          {words.say('foot.failed')}
        </p>
      </footer>
    );
  const [status, catalogue] = remote.value as [Status, Kpis];
  const versions = [...new Set(catalogue.kpis.map(({ version }) => version))].sort();
  return (
    <footer class="foot">
      <p>{words.say('foot.few')}</p>
      <Sources words={words} zone={zone} status={status} />
      <p>{words.say('foot.events', { n: status.data.events })}</p>
      <p>
        {words.say('foot.versions', {
          version: status.version,
          n: catalogue.kpis.length,
          definitions: versions.join(words.say('comma')),
        })}
      </p>
    </footer>
  );
}

function Sources({ words, zone, status }: { words: Words; zone: string; status: Status }) {
  const now = Date.now();
  const since = words.moment(status.started, zone);
  const seen = status.sources.filter(({ last_seen }) => last_seen !== null);
  const quiet = seen.filter(({ last_seen }) => now - new Date(last_seen!).getTime() > QUIET_MS);
  if (seen.length === 0) {
    const newest = status.data.newest ? words.moment(status.data.newest, zone) : '–';
    return (
      <p>
        <span aria-hidden="true">○ </span>
        {words.say('foot.silent', { since, newest })}
      </p>
    );
  }
  if (quiet.length > 0)
    return (
      <p class="warn">
        <span aria-hidden="true">✕ </span>
        {words.say('foot.quiet', { n: quiet.length, names: quiet.map(({ source }) => source).join(words.say('comma')) })}
      </p>
    );
  const last = seen.map(({ last_seen }) => last_seen!).sort()[seen.length - 1]!;
  return (
    <p>
      <span class="good" aria-hidden="true">✓ </span>
      {words.say('foot.delivering', { n: seen.length, since, last: words.ago(last, now) })}
    </p>
  );
}
