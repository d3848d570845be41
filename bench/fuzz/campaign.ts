import fc from 'fast-check';
import { blamesStore, judge, judgeRaw } from './judge.js';
import { KnownValues } from './known-values.js';
import type { OpenApi, Operation } from './openapi.parser.js';
import { type Plan, type Sent, sentOf } from './plan.js';
import type { Pulse } from './pulse.js';
import { rawRequests } from './raw-requests.js';
import { requestsFor } from './requests.js';
import { SchemaValues } from './schema-values.js';
import type { Caller } from './send.js';
import type { Tally } from './tally.js';

export interface CampaignPlan {
  readonly seed: number;
  readonly inputs: number;
  readonly lanes: number;
}

interface CampaignParts {
  readonly caller: Caller;
  readonly tally: Tally;
  readonly pulse: Pulse;
  readonly signal: AbortSignal;
}

/** Requests of one batch are made by one run of fast-check, and a failure is made smaller within it. */
const BATCH = 20;
const SMALLER_WITHIN_MS = 10_000;
export const RAW = 'bytes that are nearly HTTP';

/** Sends requests from several lanes until there were enough. The seed says what is drawn; what earlier answers told depends on time. */
export class Campaign {
  private readonly known = new KnownValues();
  private readonly batches: (() => Promise<void>)[];
  private next = 0;

  constructor(
    document: OpenApi,
    private readonly plan: CampaignPlan,
    private readonly parts: CampaignParts,
  ) {
    const values = new SchemaValues(document);
    this.batches = [
      ...document.operations.map((operation) => {
        const requests = requestsFor(operation, values);
        return () => this.check(requests, (each: Plan) => this.isWell(operation, each));
      }),
      () => this.check(rawRequests, (bytes) => this.isWellRaw(bytes)),
    ];
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.plan.lanes }, () => this.lane()));
  }

  private async lane(): Promise<void> {
    const { tally, signal } = this.parts;
    while (tally.inputs < this.plan.inputs && !signal.aborted) {
      const batch = this.batches[this.next % this.batches.length];
      await batch?.();
    }
  }

  private async check<T>(values: fc.Arbitrary<T>, isWell: (value: T) => Promise<boolean>): Promise<void> {
    const seed = (Math.imul(this.plan.seed, 0x9e3779b1) ^ Math.imul(++this.next, 0x85ebca6b)) | 0;
    // The failures are in the tally, with whatever smaller ones were found in the time.
    await fc.check(fc.asyncProperty(values, isWell), {
      seed,
      numRuns: BATCH,
      interruptAfterTimeLimit: SMALLER_WITHIN_MS,
      markInterruptAsFailure: false,
    });
  }

  /** False for a new finding: fast-check then looks for a smaller request that shows it. */
  private async isWell(operation: Operation, plan: Plan): Promise<boolean> {
    const { caller, tally, pulse } = this.parts;
    const where = `${operation.method} ${operation.path}`;
    const sent = sentOf(plan, (text) => this.known.resolve(text));
    const answer = await caller.send(sent);
    tally.count(where, answer);
    if (answer.kind === 'answered' && answer.status < 300) this.learn(operation.path, answer.text);
    const complaint = judge(answer, operation, plan, sent);
    if (complaint === null) return true;
    if (blamesStore(answer) && pulse.isStalled()) {
      pulse.explained++;
      return true;
    }
    const wasKnown = tally.isKnown(where, complaint);
    tally.find(where, complaint, sent, answer);
    return wasKnown;
  }

  private async isWellRaw(bytes: Uint8Array): Promise<boolean> {
    const { caller, tally } = this.parts;
    const answer = await caller.sendRaw(bytes);
    tally.count(RAW, answer);
    const complaint = judgeRaw(answer);
    if (complaint === null) return true;
    const sent: Sent = { method: '', path: '', headers: [], bytes, hangUpMs: null };
    const wasKnown = tally.isKnown(RAW, complaint);
    tally.find(RAW, complaint, sent, answer);
    return wasKnown;
  }

  private learn(path: string, text: string): void {
    if (!text.startsWith('{') || text.length > 100_000) return;
    try {
      this.known.learn(path, JSON.parse(text));
    } catch {
      // An event stream, or an answer that was cut: nothing to learn from.
    }
  }
}
