// SPDX-License-Identifier: EUPL-1.2
// What every KPI of the catalogue costs: processor time of the server for one answer made anew, as a
// whole, by service, by month, in the intake view and by each further clock; the dearest first.
//
// usage: node costs.mjs --store FOLDER [--runs N] [--words 'as_of=2025-11-01']
//   FOLDER: a data folder that no server has open; words: of every question
import { resolve, join } from 'node:path';
import { parseOptions, processorSeconds, root } from './measure.mjs';
import { Pegel } from './peers/pegel.mjs';

const options = parseOptions({ store: join(root, 'build/peers/pegel'), runs: 5, words: '', pegel: join(root, 'build/release/pegel') });

const questionsOf = ({ dimensions, buckets, views, clocks }) => ['', ...(dimensions.includes('service') ? ['by=service'] : []),
  ...(buckets ? ['by=month'] : []), ...(views.includes('intake') ? ['view=intake&by=service'] : []),
  ...clocks.filter((clock) => clock !== 'gross').map((clock) => `by=service&clock=${clock}`)];

const pegel = new Pegel(options.pegel, resolve(options.store));
try {
  await pegel.start();
  const costs = [];
  for (const kpi of (await pegel.get('/v1/kpis')).answer.kpis) {
    if (kpi.id === 'roi') continue; // needs assumptions
    for (const words of questionsOf({ views: [], clocks: [], ...kpi })) {
      const path = `/v1/kpis/${kpi.id}?${[options.words, words].filter((part) => part !== '').join('&')}`;
      await pegel.get(path);
      const before = processorSeconds(pegel.pid);
      for (let run = 0; run < options.runs; run++) await pegel.get(path);
      costs.push({ kpi: kpi.id, words, cpu_ms: ((processorSeconds(pegel.pid) - before) * 1000) / options.runs });
    }
  }
  for (const { kpi, words, cpu_ms } of costs.sort((a, b) => b.cpu_ms - a.cpu_ms))
    console.log(`${cpu_ms.toFixed(1).padStart(8)} ms  ${kpi}${words && `?${words}`}`);
} finally {
  await pegel.stop();
}
