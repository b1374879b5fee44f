// SPDX-License-Identifier: EUPL-1.2
// address: what is chosen lives in the address of the page, so that it can be sent and bookmarked.
import { useCallback, useEffect, useState } from 'preact/hooks';

export interface Choice {
  readonly tenant: string;
  readonly service: string;
  readonly period: string;
  readonly compare: string;
  readonly lang: string;
}

const NAMES = ['tenant', 'service', 'period', 'compare', 'lang'] as const;

export function readChoice(search: string): Choice {
  const query = new URLSearchParams(search);
  const choice: Record<string, string> = {};
  for (const name of NAMES) choice[name] = query.get(name) ?? '';
  return choice as unknown as Choice;
}

/** The address with some of the choices changed; "" takes one back. */
export function choiceAddress(choice: Partial<Choice>): string {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(choice)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  return text ? `?${text}` : location.pathname;
}

export function useChoice(): [Choice, (change: Partial<Choice>) => void] {
  const [choice, setChoice] = useState(() => readChoice(location.search));
  useEffect(() => {
    const onBack = () => setChoice(readChoice(location.search));
    addEventListener('popstate', onBack);
    return () => removeEventListener('popstate', onBack);
  }, []);
  const choose = useCallback((change: Partial<Choice>) => {
    history.pushState(null, '', choiceAddress(change));
    setChoice(readChoice(location.search));
  }, []);
  return [choice, choose];
}
