// SPDX-License-Identifier: EUPL-1.2
// filters: which municipality, service and period; compared with what. Native selects: everyone and
// every tool can work them.
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

import type { Choice } from '../address';
import type { Tenant } from '../api';
import { periodsOf, periodText, type Period } from '../period';
import { lengthName, periodName, serviceName, type View } from '../view';
import type { TextKey } from '../words';

interface FiltersProps {
  readonly view: View;
  readonly tenants: readonly Tenant[];
  readonly choose: (change: Partial<Choice>) => void;
}

export function Filters({ view, tenants, choose }: FiltersProps) {
  const { words, tenant, services, service, period, comparison } = view;
  const { all } = periodsOf(tenant.first!, tenant.last!, tenant.zone);
  if (!all.some((each) => periodText(each) === periodText(period))) all.push(period); // from the address
  const groups: [TextKey, Period[]][] = [
    ['filter.period.months', all.filter(({ months }) => months === 1)],
    ['filter.period.quarters', all.filter(({ months }) => months === 3)],
    ['filter.period.years', all.filter(({ months }) => months === 12)],
  ];
  const byName = [...services].sort((a, b) =>
    serviceName(view, a.key).localeCompare(serviceName(view, b.key), words.locale),
  );
  return (
    <form class="filters" aria-label={words.say('page.filters')} onSubmit={(event) => event.preventDefault()}>
      <Field
        label={words.say('filter.tenant')}
        value={tenant.key}
        onChange={(key) => choose({ tenant: key, service: '', period: '' })}
      >
        {tenants.map(({ key, name }) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </Field>
      <Field label={words.say('filter.service')} value={service} onChange={(key) => choose({ service: key })}>
        <option value="">{words.say('filter.service.all', { n: services.length })}</option>
        {byName.map(({ key }) => (
          <option key={key} value={key}>
            {serviceName(view, key)}
          </option>
        ))}
      </Field>
      <Field
        label={words.say('filter.period')}
        value={periodText(period)}
        onChange={(text) => choose({ period: text })}
      >
        {groups.map(([key, periods]) => (
          <optgroup key={key} label={words.say(key)}>
            {periods.map((each) => (
              <option key={periodText(each)} value={periodText(each)}>
                {periodName(view, each)}
              </option>
            ))}
          </optgroup>
        ))}
      </Field>
      <Field
        label={words.say('filter.compare')}
        value={comparison}
        onChange={(compare) => choose({ compare })}
      >
        <option value="year">{words.say('filter.compare.year')}</option>
        {period.months < 12 && (
          <option value="before">{words.say(`filter.compare.before.${lengthName(period)}`)}</option>
        )}
      </Field>
    </form>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly children: ComponentChildren;
}

function Field({ label, value, onChange, children }: FieldProps) {
  const id = useId();
  return (
    <div class="field kern-form-input">
      <label class="kern-label" for={id}>
        {label}
      </label>
      <div class="kern-form-input__select-wrapper">
        <select
          class="kern-form-input__select"
          id={id}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          {children}
        </select>
      </div>
    </div>
  );
}
