import { setTimeout as pause } from 'node:timers/promises';
import { Agent, type Dispatcher } from 'undici';
import type { z } from 'zod';
import { DriverTrouble } from '../driver.js';
import { refusal } from './cluster-answers.js';
import type { ClusterAccess } from './cluster-access.js';
import { ClusterTrouble } from './cluster-trouble.js';
import { silenceOf, wordsFor } from './cluster-words.js';

const ANSWERS_WITHIN_MS = 5_000;

export interface Question<T> {
  /** Completes "Could not …". */
  readonly what: string;
  /** What a role has to allow, as in `get deployments/scale`. */
  readonly needs: string;
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: { readonly type: string; readonly content: unknown };
  /** Of the answer: another program wrote it. */
  readonly shape: z.ZodType<T>;
}

/** The API server of a cluster: every question ends within a deadline, and what goes wrong is ClusterTrouble. */
export class ClusterApi {
  private readonly agent: Agent;

  constructor(
    private readonly access: ClusterAccess,
    private readonly withinMs = ANSWERS_WITHIN_MS,
  ) {
    this.agent = new Agent({ connect: { ...access.tls, timeout: withinMs }, keepAliveTimeout: 30_000 });
  }

  get namespace(): string {
    return this.access.namespace;
  }

  /** One that is asked to come again does so once, when there is time. @throws ClusterTrouble */
  async ask<T>(question: Question<T>): Promise<T> {
    const deadline = AbortSignal.timeout(this.withinMs);
    const until = performance.now() + this.withinMs;
    const first = await this.send(question, deadline);
    const answer = (await isBusy(first, until)) ? await this.send(question, deadline) : first;
    return this.read(question, answer, deadline);
  }

  /**
   * The lines of an answer that goes on until somebody ends it. @throws ClusterTrouble
   */
  async *lines({ what, needs, path }: Omit<Question<unknown>, 'method' | 'shape'>, end: AbortSignal) {
    const question = { what, needs, path };
    const answer = await this.send({ ...question, method: 'GET' }, end);
    if (answer.statusCode !== 200) throw await this.refused(question, answer, end);
    let rest = '';
    for await (const piece of answer.body.setEncoding('utf8')) {
      const lines = (rest + String(piece)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines.filter((line) => line !== '');
    }
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async send(
    { what, method, path, body }: Pick<Question<unknown>, 'what' | 'method' | 'path' | 'body'>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    try {
      const token = await this.access.token();
      return await this.agent.request({
        origin: this.access.server,
        path,
        method,
        signal,
        bodyTimeout: 0,
        headers: {
          accept: 'application/json',
          'user-agent': 'sluice-scaler',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': body.type }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body.content) }),
      });
    } catch (error) {
      throw this.silent(what, error, signal);
    }
  }

  private async read<T>(
    question: Question<T>,
    answer: Dispatcher.ResponseData,
    signal: AbortSignal,
  ): Promise<T> {
    const { what, shape } = question;
    if (answer.statusCode >= 300) throw await this.refused(question, answer, signal);
    const text = await answer.body.text().catch((error: unknown) => {
      throw this.silent(what, error, signal);
    });
    const parsed = shape.safeParse(parsedJson(text));
    if (parsed.success) return parsed.data;
    const sentence = `Could not ${what}. ${this.access.server} does not answer like a Kubernetes API server.`;
    throw new ClusterTrouble(sentence, answer.statusCode, parsed.error);
  }

  private async refused(
    { what, needs }: Pick<Question<unknown>, 'what' | 'needs'>,
    answer: Dispatcher.ResponseData,
    signal: AbortSignal,
  ): Promise<DriverTrouble> {
    const text = await answer.body.text().catch((error: unknown) => {
      throw this.silent(what, error, signal);
    });
    const said = refusal.safeParse(parsedJson(text));
    const words = wordsFor(answer.statusCode, { needs, said: said.success ? said.data.message : null });
    return new ClusterTrouble(`Could not ${what}. ${words}`, answer.statusCode);
  }

  private silent(what: string, error: unknown, signal: AbortSignal): ClusterTrouble {
    const words = signal.aborted ? `did not answer within ${this.withinMs / 1_000} s` : silenceOf(error);
    const sentence = `Could not ${what}. The API server at ${this.access.server} ${words}.`;
    return new ClusterTrouble(sentence, null, error);
  }
}

/** Whether it has too much to do, and it is time to ask again. Waits as long as it asked for. */
async function isBusy(answer: Dispatcher.ResponseData, until: number): Promise<boolean> {
  if (answer.statusCode !== 429) return false;
  const waitMs = Number(answer.headers['retry-after'] ?? 1) * 1_000;
  if (!Number.isFinite(waitMs) || performance.now() + waitMs > until) return false;
  await answer.body.dump();
  await pause(waitMs);
  return true;
}

/** Undefined is no answer of any shape that is asked for. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
