// SPDX-License-Identifier: EUPL-1.2
// theme: light or dark; the person's choice on this page, else that of their system.
import { useEffect, useState } from 'preact/hooks';

export type Theme = 'light' | 'dark';

const KEY = 'pegel-theme';

/** A reader may forbid pages to store anything: then the choice lasts as long as the page. */
function stored(): Theme | null {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : null;
  } catch {
    return null;
  }
}

function store(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // see stored
  }
}

export function useTheme(): [Theme, () => void] {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const [theme, setTheme] = useState<Theme>(() => stored() ?? (system.matches ? 'dark' : 'light'));
  useEffect(() => {
    document.documentElement.dataset['kernTheme'] = theme;
  }, [theme]);
  useEffect(() => {
    const onChange = () => stored() ?? setTheme(system.matches ? 'dark' : 'light');
    system.addEventListener('change', onChange);
    return () => system.removeEventListener('change', onChange);
  }, []);
  const toggle = () => {
    const next = theme === 'dark' ? 'light' : 'dark';
    store(next);
    setTheme(next);
  };
  return [theme, toggle];
}
