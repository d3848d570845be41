import type { Dice } from '../../apps/worker/src/backends/simulator/dice.js';
import type { Caller } from './callers.js';
import { pick, type Weighted, weighted } from './chance.js';

export interface MixOptions {
  /** How many callers are told apart by X-User-ID. */
  readonly users: number;
  readonly callers: Weighted<Caller>;
  readonly models: Weighted<string>;
  /** Null: the original's sentence, as it is. */
  readonly promptWords: Weighted<number> | null;
  readonly maxTokens: Weighted<number>;
}

/** What one request is to be. */
export interface Drawn {
  readonly caller: Caller;
  readonly userId: string;
  readonly model: string;
  readonly prompt: string;
  readonly maxTokens: number;
}

const TOPICS = ['cats', 'dogs', 'dragons', 'space', 'magic'] as const;
const FILLER = ['and', 'then', 'they', 'went', 'on', 'to', 'find', 'another', 'place'] as const;

/** Draws requests, one after the other; the same ones from the same dice. */
export class Mix {
  private turn = 0;

  constructor(
    private readonly options: MixOptions,
    private readonly dice: Dice,
  ) {}

  /** Users take turns where none is named. */
  draw(userId = this.nextUser()): Drawn {
    const { callers, models, promptWords, maxTokens } = this.options;
    return {
      caller: weighted(this.dice, callers),
      userId,
      model: weighted(this.dice, models),
      prompt: this.promptOf(promptWords === null ? null : weighted(this.dice, promptWords)),
      maxTokens: weighted(this.dice, maxTokens),
    };
  }

  private nextUser(): string {
    const user = `test_user_${this.turn % this.options.users}`;
    this.turn += 1;
    return user;
  }

  private promptOf(words: number | null): string {
    const sentence = `Tell me a story about ${pick(this.dice, TOPICS)}`;
    if (words === null) return sentence;
    const begun = sentence.split(' ').slice(0, words);
    const more = Array.from(
      { length: words - begun.length },
      (_, at) => FILLER[at % FILLER.length] ?? FILLER[0],
    );
    return [...begun, ...more].join(' ');
  }
}
