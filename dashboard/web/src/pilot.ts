// SPDX-License-Identifier: EUPL-1.2
// pilot: what is tried in this municipality, by a plan that was frozen, and what came of it.
import { useRemote } from './remote';
import type { View } from './view';

interface Unit {
  readonly tenant: string;
}

interface Dates {
  readonly from: string; // a day
  readonly to: string; // the first day after
}

export interface Pilot {
  readonly id: string;
  readonly frozen_at: string;
  readonly plan: {
    readonly title: string;
    readonly services: readonly string[];
    readonly treated: readonly Unit[];
    readonly baseline: Dates;
    readonly pilot: Dates;
    readonly zone: string;
  };
}

export interface Interval {
  readonly value: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
}

export interface Group {
  readonly units: number;
  readonly before: number | null;
  readonly after: number | null;
  readonly n_before: number;
  readonly n_after: number;
  readonly change: Interval;
}

export interface Finding {
  readonly kpi: string;
  readonly name: string;
  readonly unit: string;
  readonly verdict: PilotVerdict;
  readonly effect: Interval;
  readonly treated: Group;
  readonly control: Group | null;
  readonly sentence: string;
}

export type PilotVerdict = 'better' | 'worse' | 'not_distinguishable' | 'too_little_data';

export interface PilotResult {
  readonly pilot: Pilot;
  readonly as_of: string;
  readonly findings: readonly Finding[]; // the one that decides first
}

const SHOWN = 3;

/** Of the municipality and the chosen service, the latest first; none while they are not known. */
export function usePilots({ tenant, service }: View): Pilot[] {
  const remote = useRemote<{ readonly pilots: readonly Pilot[] }>(['v1/pilots']);
  if (remote.state !== 'ready') return [];
  return remote.value[0]!.pilots
    .filter(({ plan }) => plan.treated.some((unit) => unit.tenant === tenant.key))
    .filter(({ plan }) => !service || plan.services.length === 0 || plan.services.includes(service))
    .sort((a, b) => b.plan.pilot.from.localeCompare(a.plan.pilot.from))
    .slice(0, SHOWN);
}

/** Where a pilot begins among months, in months from the middle of the first; null: outside. */
export function beginAmong(months: readonly string[], { plan }: Pilot): number | null {
  const [year, month, day] = plan.pilot.from.split('-').map(Number) as [number, number, number];
  const at = months.indexOf(plan.pilot.from.slice(0, 7));
  if (at < 0) return null;
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return Math.min(Math.max(0, at - 0.5 + (day - 1) / days), months.length - 1);
}
