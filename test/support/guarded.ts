import type { LocalProcess } from '../../scripts/local/process.js';
import { type Answer, type Request, send } from './client.js';
import { eventually } from './eventually.js';
import type { Stack } from './stack.js';

export const TOKEN = 'a-token-of-some-length';
export const BEARER = { authorization: `Bearer ${TOKEN}` };

/** Two API processes with ADMIN_TOKEN beside those of a stack, which have none. */
export class Guarded {
  private constructor(private readonly processes: readonly [LocalProcess, LocalProcess]) {}

  static async start(stack: Stack): Promise<Guarded> {
    const start = () => stack.startApi({ ADMIN_TOKEN: TOKEN, TRUSTED_PROXIES: '127.0.0.1' });
    const guarded = new Guarded(await Promise.all([start(), start()]));
    await eventually(
      'the tables',
      async () => ((await guarded.ask('/admin/audit', { headers: BEARER })).status === 200 ? true : null),
      { withinMs: 20_000 },
    );
    return guarded;
  }

  port(index: 0 | 1 = 0): number {
    return this.processes[index].port;
  }

  ask(path: string, wanted: Request = {}, index: 0 | 1 = 0): Promise<Answer> {
    return send(`http://127.0.0.1:${this.port(index)}${path}`, wanted);
  }

  /** The cookie of a new session. */
  async signIn(): Promise<string> {
    const answer = await this.ask('/admin/session', { json: { token: TOKEN } });
    if (answer.status !== 204) throw new Error(`signing in answered ${answer.status}`);
    return cookieOf(answer);
  }
}

export const cookieOf = (answer: Answer): string => answer.headers.get('set-cookie')?.split(';')[0] ?? '';
