import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { LOGIN_HEADERS, loginPage } from './login-page.js';

const page = loginPage({ next: '/admin/board', problem: null });

describe('the page at /admin/login', () => {
  it('has the style that its policy allows, and no script', () => {
    const [, style = ''] = /<style>([^]*?)<\/style>/.exec(page) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(LOGIN_HEADERS['content-security-policy']).toContain(`style-src 'sha256-${hash}'`);
    expect(LOGIN_HEADERS['content-security-policy']).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|style=|\son\w+=/i);
  });

  it('names its field and sends it to the session', () => {
    expect(page).toContain('<label for="token">');
    expect(page).toContain('<form method="post" action="/admin/session">');
    expect(page).not.toContain('role="alert"');
  });

  it('shows text as text', () => {
    const hostile = loginPage({ next: `"><script>alert('1')</script>`, problem: '<b>&' });
    expect(hostile).not.toContain('<script>');
    expect(hostile).toContain('&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;');
    expect(hostile).toContain('<p id="problem" role="alert">&lt;b&gt;&amp;</p>');
  });
});
