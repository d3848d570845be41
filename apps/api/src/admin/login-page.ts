import { createHash } from 'node:crypto';
import { SESSION_PATH } from './admin-routes.js';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { display: grid; min-height: 90vh; place-items: center; margin: 0; }
main { width: min(22rem, 90vw); }
label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit; }
input, button { margin-top: .5rem; padding: .5rem; }
button { margin-top: 1rem; }
[role=alert] { border-left: .25rem solid currentColor; padding-left: .75rem; }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Of the page itself: it loads nothing, runs no script and stands in no frame. */
export const LOGIN_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'cache-control': 'no-store',
  // With no-referrer a browser would send `Origin: null` with the form.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

export interface LoginView {
  /** Where the browser goes once it is signed in. */
  readonly next: string;
  readonly problem: string | null;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

/** The page at /admin/login: one form, which works without JavaScript. */
export function loginPage({ next, problem }: LoginView): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in – Sluice</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Sluice administration</h1>
${problem === null ? '' : `<p id="problem" role="alert">${escaped(problem)}</p>`}
<form method="post" action="${SESSION_PATH}">
<input type="hidden" name="next" value="${escaped(next)}">
<label for="token">Admin token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus${
    problem === null ? '' : ' aria-describedby="problem"'
  }>
<button type="submit">Sign in</button>
</form>
</main>
</body>
</html>
`;
}
