import { byId } from './elements.js';

const KEY = 'sluice-theme';

/** Light, dark, or as the system has it. The choice is kept in this browser. */
export function followTheme(onChange: () => void): void {
  const choice = byId('theme', HTMLSelectElement);
  const apply = (): void => {
    if (choice.value === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = choice.value;
  };
  choice.value = kept();
  apply();
  choice.addEventListener('change', () => {
    apply();
    keep(choice.value);
    onChange();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange);
}

/** A browser may keep nothing for us: then it is the system's. */
function kept(): string {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === 'light' || theme === 'dark' ? theme : 'system';
  } catch {
    return 'system';
  }
}

function keep(theme: string): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    return;
  }
}
