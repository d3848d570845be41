const NUMBER = /^\d+(?:\.\d+)?$/;
/** HTTP's date format; Date.parse alone would also take `-5` for a date. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * How long a response asks to wait, in milliseconds, or null when it does not say: `retry-after-ms` (OpenAI's), else
 * Retry-After in seconds or as a date (RFC 9110, section 10.2.3) counted from `nowMs` (Unix milliseconds).
 */
export function retryAfterMs(headers: Pick<Headers, 'get'>, nowMs: number): number | null {
  const milliseconds = headers.get('retry-after-ms')?.trim() ?? '';
  if (NUMBER.test(milliseconds)) return Math.ceil(Number(milliseconds));

  const secondsOrDate = headers.get('retry-after')?.trim() ?? '';
  if (NUMBER.test(secondsOrDate)) return Math.ceil(Number(secondsOrDate) * 1_000);
  if (!HTTP_DATE.test(secondsOrDate)) return null;
  const atMs = Date.parse(secondsOrDate);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
