const HIDDEN = '(not a URL)';

/** The URL without its password, for logs and messages; text that is no URL is hidden whole. */
export function maskUrl(text: string): string {
  try {
    const url = new URL(text);
    if (url.host === '') return HIDDEN;
    if (url.password !== '') url.password = '***';
    for (const name of url.searchParams.keys()) {
      if (name.toLowerCase().includes('password')) url.searchParams.set(name, '***');
    }
    return url.toString();
  } catch {
    return HIDDEN;
  }
}
