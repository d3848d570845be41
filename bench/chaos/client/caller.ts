import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '#scripts/local/launch-error.js';
import type { CancelTold, Ledger, LedgerEntry, Told } from './ledger.js';
import { Patience } from './patience.js';
import type { RequestPlan } from './request-plan.js';
import { type Heard, heardNothing, readChat, readStream } from './streams.js';
import {
  acceptedAnswer,
  chatAnswer,
  jobIdIn,
  nativeAnswer,
  refusedBy,
  safeJson,
  type Wire,
  wireOf,
} from './wire.js';

export interface CallerParts {
  readonly ledger: Ledger;
  /** Names and base URLs of the API processes. */
  readonly apis: readonly { readonly name: string; readonly url: string }[];
  readonly hookUrlOf: (plan: RequestPlan) => string | null;
  /** When it is over, nothing is sent or read any more. */
  readonly over: AbortSignal;
}

/** Longer than any answer may take; a silence of this length is a finding. */
const SILENCE_MS_MAX = 150_000;
const AGAIN_MS = 400;
const REFUSED_TRIES_MAX = 8;
const CANCEL_TRIES_MAX = 10;

/** Sends requests as their plans say, asks again where that is safe, and notes every answer. */
export class Caller {
  constructor(private readonly parts: CallerParts) {}

  async perform(plan: RequestPlan): Promise<void> {
    const { ledger, over, hookUrlOf } = this.parts;
    const entry = ledger.open(plan);
    const wire = wireOf(plan, hookUrlOf(plan));
    for (let tries = 1; ; tries++) {
      const api = this.apiAt(plan.api + tries - 1);
      const sentMs = performance.now();
      const told = await this.send(plan, wire, api.url);
      ledger.note(entry, { api: api.name, sentMs, tookMs: performance.now() - sentMs, told });
      if (!isRepeated(plan, told, tries) || over.aborted) break;
      await this.rest(AGAIN_MS * Math.min(tries, 4));
    }
    await this.cancel(entry);
  }

  private apiAt(number: number): { readonly name: string; readonly url: string } {
    const { apis } = this.parts;
    const api = apis[number % apis.length];
    if (api === undefined) throw new Error('there is no API');
    return api;
  }

  private async send(plan: RequestPlan, wire: Wire, url: string): Promise<Told> {
    const { intent, mode } = plan;
    const hangsUpAfterMs = intent.kind === 'hang-up' ? intent.afterMs : null;
    const patience = new Patience(this.parts.over, { silenceMs: SILENCE_MS_MAX, hangsUpAfterMs });
    const heard = heardNothing();
    try {
      const { path, headers, body } = wire;
      const { signal } = patience;
      const response = await fetch(`${url}${path}`, { method: 'POST', headers, body, signal });
      return await this.read(plan, response, heard, patience);
    } catch (error) {
      if (patience.hasHungUp) return { kind: 'left', jobId: heard.jobId };
      if (mode === 'stream' && heard.jobId !== null) return await this.comeBack(plan, heard, patience);
      return { kind: 'unknown', jobId: heard.jobId, because: reasonOf(error) };
    } finally {
      patience.let();
    }
  }

  private async read(plan: RequestPlan, response: Response, heard: Heard, patience: Patience): Promise<Told> {
    const { status } = response;
    const headerId = jobIdIn(response);
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (status === 200 && isStream) {
      if (plan.mode === 'chat-stream') return readChat(response, heard);
      return (await readStream(response, heard)) ?? (await this.comeBack(plan, heard, patience));
    }
    const text = await response.text();
    if (status === 202) return { kind: 'accepted', jobId: acceptedAnswer.parse(safeJson(text)).job_id };
    if (status !== 200) return refusedBy(status, text, headerId);
    if (plan.mode === 'chat' || plan.mode === 'chat-stream') {
      const content = chatAnswer.parse(safeJson(text)).choices[0]?.message.content ?? '';
      return { kind: 'completed', jobId: headerId ?? '', text: content, streamed: null };
    }
    const answer = nativeAnswer.parse(safeJson(text));
    return { kind: 'completed', jobId: answer.job_id, text: answer.response, streamed: null };
  }

  /** A stream whose API died goes on at another one, where it was. */
  private async comeBack(plan: RequestPlan, heard: Heard, patience: Patience): Promise<Told> {
    let told: Told | null = null;
    for (let tries = 1; told === null && !patience.signal.aborted; tries++) {
      await this.rest(AGAIN_MS);
      const { url } = this.apiAt(plan.api + tries);
      told = await this.follow(plan, heard, { url, signal: patience.signal }).catch(() => null);
    }
    if (patience.hasHungUp) return { kind: 'left', jobId: heard.jobId };
    return told ?? { kind: 'unknown', jobId: heard.jobId, because: 'the stream broke' };
  }

  /** Null: not now. */
  private async follow(
    plan: RequestPlan,
    heard: Heard,
    { url, signal }: { readonly url: string; readonly signal: AbortSignal },
  ): Promise<Told | null> {
    const headers: Record<string, string> = { 'x-user-id': plan.user };
    if (heard.lastId === null) heard.text = '';
    else headers['last-event-id'] = heard.lastId;
    const response = await fetch(`${url}/jobs/${heard.jobId}/stream`, { headers, signal });
    if (response.status === 200) return readStream(response, heard);
    const refused = refusedBy(response.status, await response.text(), null);
    return response.status < 500 ? refused : null;
  }

  private async cancel({ plan, sendings, cancels }: LedgerEntry): Promise<void> {
    const told = sendings.at(-1)?.told;
    if (plan.intent.kind !== 'cancel' || told?.kind !== 'accepted') return;
    await this.rest(plan.intent.afterMs);
    for (let tries = 1; tries <= CANCEL_TRIES_MAX && !this.parts.over.aborted; tries++) {
      const { url } = this.apiAt(plan.api + tries);
      const cancelled = await this.cancelOnce(`${url}/jobs/${told.jobId}`, plan.user);
      cancels.push(cancelled);
      if (cancelled.kind === 'cancelled' || cancelled.kind === 'final') return;
      await this.rest(AGAIN_MS);
    }
  }

  private async cancelOnce(url: string, user: string): Promise<CancelTold> {
    const patience = new Patience(this.parts.over, { silenceMs: SILENCE_MS_MAX, hangsUpAfterMs: null });
    try {
      const headers = { 'x-user-id': user };
      const response = await fetch(url, { method: 'DELETE', headers, signal: patience.signal });
      const text = await response.text();
      if (response.status === 200) return { kind: 'cancelled' };
      if (response.status === 409) return { kind: 'final' };
      return { kind: 'refused', status: response.status, code: codeIn(response.status, text) };
    } catch {
      return { kind: 'unknown' };
    } finally {
      patience.let();
    }
  }

  private async rest(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.parts.over }).catch(() => undefined);
  }
}

function isRepeated({ idempotencyKey }: RequestPlan, told: Told, tries: number): boolean {
  if (idempotencyKey === null) return false;
  return (
    told.kind === 'unknown' || (told.kind === 'refused' && told.status === 503 && tries < REFUSED_TRIES_MAX)
  );
}

function codeIn(status: number, text: string): string {
  const told = refusedBy(status, text, null);
  return 'code' in told ? told.code : 'none';
}

/** fetch hides what happened to the connection in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : null;
  if (cause !== null) return 'code' in cause ? String(cause.code) : cause.message;
  return messageOf(error);
}
