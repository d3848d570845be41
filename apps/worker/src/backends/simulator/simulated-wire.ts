import type { Answer, GenerationTask } from '#common/contracts/generation.js';

type Wire = Readonly<Record<string, unknown>>;

/** Answers of the simulator in OpenAI's wire format. */
export class SimulatedWire {
  private readonly isChat: boolean;
  private readonly head: Wire;

  /** @param name what tells its call from others @param created in Unix seconds */
  constructor(task: GenerationTask, name: string, created: number) {
    this.isChat = task.endpoint === 'chat';
    this.head = { id: `${this.isChat ? 'chatcmpl' : 'cmpl'}-sim-${name}`, created, model: task.model };
  }

  /** The whole answer, said so many times. */
  body({ text, finishReason, usage }: Answer, choices: number): Wire {
    const said = this.isChat ? { message: { role: 'assistant', content: text, refusal: null } } : { text };
    return {
      ...this.head,
      object: this.isChat ? 'chat.completion' : 'text_completion',
      choices: numbers(choices).map((index) => ({
        index,
        ...said,
        logprobs: null,
        finish_reason: finishReason,
      })),
      usage: usageOf(usage),
    };
  }

  /** The chunks before the first text: who speaks. Of text completions there are none. */
  opening(choices: number): Wire[] {
    if (!this.isChat) return [];
    return numbers(choices).map((index) => this.chunk(index, { delta: { role: 'assistant', content: '' } }));
  }

  /** One piece of one choice. */
  piece(index: number, text: string): Wire {
    return this.chunk(index, this.isChat ? { delta: { content: text } } : { text });
  }

  /** The chunks after the last text: why each choice ended, then the tokens. */
  closing({ finishReason, usage }: Answer, choices: number): Wire[] {
    const ended = this.isChat ? { delta: {} } : { text: '' };
    const last = { ...this.head, object: this.chunkObject(), choices: [], usage: usageOf(usage) };
    return [...numbers(choices).map((index) => this.chunk(index, ended, finishReason)), last];
  }

  private chunk(index: number, said: Wire, finish_reason: string | null = null): Wire {
    const choices = [{ index, ...said, logprobs: null, finish_reason }];
    return { ...this.head, object: this.chunkObject(), choices };
  }

  private chunkObject(): string {
    return this.isChat ? 'chat.completion.chunk' : 'text_completion';
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const usageOf = ({ input_tokens, output_tokens }: Answer['usage']): Wire => ({
  prompt_tokens: input_tokens,
  completion_tokens: output_tokens,
  total_tokens: input_tokens + output_tokens,
});
