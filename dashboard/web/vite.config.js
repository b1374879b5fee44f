// SPDX-License-Identifier: EUPL-1.2
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vite';

// KERN ships every component in one style sheet. Rules for classes that our sources never name are
// left out, which makes it a tenth of the size; tokens and element rules stay.
function keepUsedKernClasses() {
  const sources = readdirSync('src', { recursive: true })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => readFileSync(join('src', name), 'utf8'))
    .join('\n');
  const used = new Set(sources.match(/kern-[a-z0-9_-]+/g));
  const isUsed = (selector) => {
    const kernClasses = selector.match(/\.kern-[a-z0-9_-]+/g) ?? [];
    return kernClasses.every((name) => used.has(name.slice(1)));
  };
  return {
    postcssPlugin: 'keep-used-kern-classes',
    OnceExit(root) {
      root.walkRules((rule) => {
        if (rule.parent?.name?.endsWith('keyframes')) return;
        const selectors = rule.selectors.filter((s) => s.includes(':is(') || isUsed(s));
        if (selectors.length === 0) rule.remove();
        else if (selectors.length < rule.selectors.length) rule.selectors = selectors;
      });
    },
  };
}

export default defineConfig({
  base: './', // the pages also work behind a reverse proxy that puts them under a path
  css: { postcss: { plugins: [keepUsedKernClasses()] } },
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: true },
});
