import { z } from 'zod';
import type { Outcome } from './answer.js';

type Failed = Extract<Outcome, { kind: 'failed' }>;

const refused = z.object({ error: z.object({ code: z.string() }) });
const coded = z.object({ code: z.string() });

/** An answer whose status is not 200. A 202 is a failure here: the answer came too late for whoever waited. */
export function outcomeOfRefusal(text: string, status: number): Failed {
  const code = status === 202 ? '202 (accepted, not answered in time)' : codeIn(text, status);
  return { kind: 'failed', status: String(status), code };
}

function codeIn(text: string, status: number): string {
  try {
    return `${status} ${refused.parse(JSON.parse(text)).error.code}`;
  } catch {
    return String(status);
  }
}

/** What was thrown instead of an answer. */
export function outcomeOfTrouble(error: unknown): Failed {
  if (error instanceof Error && error.name === 'TimeoutError')
    return { kind: 'failed', status: 'timeout', code: 'timeout' };
  if (error instanceof z.ZodError || error instanceof SyntaxError)
    return { kind: 'failed', status: 'unreadable', code: 'unreadable answer' };
  return {
    kind: 'failed',
    status: 'no connection',
    code: coded.safeParse(error).data?.code ?? 'no connection',
  };
}
