import { z } from 'zod';

/** One answer of the API; status 0 when there was none. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly tookMs: number;
  /** `performance.now()` when it was sent. */
  readonly sentAt: number;
}

export interface Call {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; without it the call is a GET. */
  readonly json?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
}

const object = z.record(z.string(), z.unknown());
const problem = z.object({ error: z.object({ code: z.string() }) });

const bodyOf = (text: string): Record<string, unknown> => {
  if (!text.startsWith('{')) return {};
  return object.parse(JSON.parse(text));
};

/** Calls the API once and never again. A connection that breaks is an answer with the status 0. */
export async function call(url: string, { headers = {}, json, signal }: Call = {}): Promise<Answer> {
  const sentAt = performance.now();
  try {
    const response = await fetch(url, {
      method: json === undefined ? 'GET' : 'POST',
      headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    return { status: response.status, body: bodyOf(text), tookMs: performance.now() - sentAt, sentAt };
  } catch {
    return { status: 0, body: {}, tookMs: performance.now() - sentAt, sentAt };
  }
}

export const codeOf = ({ body }: Answer): string | null => problem.safeParse(body).data?.error.code ?? null;

/** Empty where there is none. */
export const jobIdOf = ({ body }: Answer): string => z.string().catch('').parse(body['job_id']);

/** Answers by what they were: `200`, `503 overloaded`, … */
export function byKind(answers: readonly Answer[]): string {
  const counts = new Map<string, number>();
  for (const answer of answers) {
    const code = codeOf(answer);
    const kind = code === null ? String(answer.status) : `${answer.status} ${code}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${count} × ${kind}`).join(', ');
}
