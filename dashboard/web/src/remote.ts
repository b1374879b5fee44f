// SPDX-License-Identifier: EUPL-1.2
// remote: data that is on its way, here, or not to be had; as a hook for components.
import { useEffect, useState } from 'preact/hooks';

import { load, Problem } from './api';

export type Remote<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly problem: Problem; readonly retry: () => void };

/** All addresses or none: a panel never shows half of its data. */
export function useRemote<T>(urls: readonly string[]): Remote<T[]> {
  const key = urls.join('\n');
  const [attempt, setAttempt] = useState(0);
  const [settled, setSettled] = useState<{ key: string; remote: Remote<T[]> } | null>(null);

  useEffect(() => {
    let current = true;
    const settle = (remote: Remote<T[]>) => current && setSettled({ key, remote });
    Promise.all(urls.map((url) => load<T>(url))).then(
      (value) => settle({ state: 'ready', value }),
      (error: unknown) => {
        const problem = error instanceof Problem ? error : new Problem(0, '', String(error));
        settle({
          state: 'failed',
          problem,
          retry: () => {
            setSettled(null);
            setAttempt((count) => count + 1);
          },
        });
      },
    );
    return () => {
      current = false;
    };
  }, [key, attempt]);

  // An answer to an earlier question is not an answer.
  return settled?.key === key ? settled.remote : { state: 'loading' };
}
