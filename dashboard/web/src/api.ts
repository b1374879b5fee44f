// SPDX-License-Identifier: EUPL-1.2
// api: the shapes of the read API (docs/API.md) and the one place that fetches.

export type Cell = string | number | null;
export type Row = { readonly [column: string]: Cell | undefined };
export type State = 'ok' | 'few' | 'suppressed' | 'no_data' | 'provisional' | 'incomplete';
export type Direction = 'lower' | 'higher' | 'neutral';

export interface Definition {
  readonly id: string;
  readonly version: number;
  readonly unit: string;
  readonly direction: Direction;
  readonly name: string;
  readonly explanation: string;
  readonly population: string;
  readonly formula: string;
  readonly exclusions: string;
  readonly view: string | null;
  readonly clock: string | null;
}

/** What the past tells of a change: `normal` is no more than the figure changes anyway. */
export type Told = 'better' | 'worse' | 'changed' | 'normal' | 'unknown';

export interface Answer {
  readonly definition: Definition;
  readonly interval: { readonly from: string | null; readonly to: string | null; readonly zone: string };
  readonly calendar: string;
  readonly as_of: string;
  readonly state: State;
  readonly change?: { readonly verdict: Told }; // of a sentence, which has no rows
  readonly by: readonly string[];
  readonly columns: readonly { readonly name: string; readonly unit: string }[];
  readonly rows: readonly Row[];
  readonly sections?: { readonly [name: string]: { readonly rows: readonly Row[] } };
  readonly notes: readonly { readonly key: string; readonly text: string }[];
}

export interface Target {
  readonly kpi: string;
  readonly service: string | null;
  readonly stat: string;
  readonly value: number;
}

export interface Tenant {
  readonly key: string;
  readonly name: string;
  readonly zone: string;
  readonly events: number;
  readonly first: string | null;
  readonly last: string | null;
  readonly assumptions: boolean; // whether costs and benefits can be asked for
  readonly targets: readonly Target[];
}

export type Name = { readonly [language: string]: string };

export interface Service {
  readonly key: string;
  readonly tenant: string;
  readonly name: Name;
  readonly events: number;
  readonly first: string | null;
}

/** A page of the forms that the configuration names. */
export interface Step {
  readonly key: string;
  readonly name: Name;
}

export interface Dimensions {
  readonly tenants: readonly Tenant[];
  readonly services: readonly Service[];
  readonly offices: readonly { readonly key: string; readonly tenant: string }[];
  readonly steps: readonly Step[];
}

export interface Status {
  readonly version: string;
  readonly started: string;
  readonly data: { readonly events: number; readonly oldest: string | null; readonly newest: string | null };
  readonly sources: readonly { readonly source: string; readonly accepted: number; readonly last_seen: string | null }[];
}

/** What the server said in its problem document, or that it could not be reached (status 0). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
  ) {
    super(`${status} ${title}: ${detail}`);
  }
}

export interface Question {
  readonly kpi: string;
  readonly tenant: string;
  readonly service?: string;
  readonly from?: string; // neither: all data
  readonly to?: string;
  readonly by?: string;
  readonly stat?: string;
  readonly section?: string; // of roi: further tables
  readonly period?: string; // of a sentence, with `compare` instead of an interval
  readonly compare?: string;
  readonly lang: string;
}

/** Relative, so that a reverse proxy may put the pages under a path. */
export function questionUrl(question: Question, format?: 'csv'): string {
  const { kpi, ...words } = question;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(words)) if (value) query.set(name, value);
  if (format) query.set('format', format);
  return `v1/kpis/${kpi}?${query}`;
}

const answers = new Map<string, Promise<unknown>>();

/** Each address is asked once while the page is open; a failure is forgotten, so it can be tried again. */
export function load<T>(url: string): Promise<T> {
  let answer = answers.get(url);
  if (!answer) {
    answer = fetchJson(url);
    answers.set(url, answer);
    answer.catch(() => answers.delete(url));
  }
  return answer as Promise<T>;
}

async function fetchJson(url: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, { headers: { accept: 'application/json' } });
  } catch (error) {
    throw new Problem(0, '', String(error));
  }
  if (response.ok) return response.json();
  const body = (await response.json().catch(() => ({}))) as { title?: string; detail?: string };
  throw new Problem(response.status, body.title ?? response.statusText, body.detail ?? '');
}
