import type { Answer } from './answer.js';
import type { Client } from './client.js';
import type { Mix } from './mix.js';
import type { RunRecord } from './run-record.js';

export interface Surroundings {
  readonly client: Pick<Client, 'send'>;
  readonly mix: Mix;
  readonly record: RunRecord;
  /** What is due beyond so many is dropped. */
  readonly inFlightMax: number;
}

/** Sends what is due, and has all of it counted. */
export class Sender {
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(private readonly around: Surroundings) {}

  get inFlight(): number {
    return this.underWay.size;
  }

  /** Resolves with the answer, or with null at once when it was dropped. Never rejects. */
  async send(dueAt: number, userId?: string): Promise<Answer | null> {
    const { client, mix, record, inFlightMax } = this.around;
    const request = mix.draw(userId);
    if (this.underWay.size >= inFlightMax) {
      record.due(request, dueAt, this.underWay.size);
      record.dropped(request, dueAt);
      return null;
    }
    const answering = client.send(request, dueAt);
    this.underWay.add(answering);
    record.due(request, dueAt, this.underWay.size);
    const answer = await answering;
    this.underWay.delete(answering);
    record.take(answer);
    return answer;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }
}
