import type { Snapshot } from '../snapshot.js';
import { byId, element, setText, setTone, type Tone } from './elements.js';
import { JobRun } from './job-run.js';
import type { JobNews } from './prompt-words.js';

const STEPS = ['sent', 'queued', 'running', 'finished'] as const;
type Step = (typeof STEPS)[number];

/** The form that sends a prompt, and what becomes of it. Keys and prompts are kept in this page's memory alone. */
export class PromptForm {
  private readonly prompt = byId('prompt', HTMLTextAreaElement);
  private readonly model = byId('model', HTMLInputElement);
  private readonly maxTokens = byId('max-tokens', HTMLInputElement);
  private readonly priority = byId('priority', HTMLSelectElement);
  private readonly apiKey = byId('api-key', HTMLInputElement);
  private readonly stream = byId('stream', HTMLInputElement);
  private readonly send = byId('send', HTMLButtonElement);
  private readonly cancel = byId('cancel', HTMLButtonElement);
  private readonly steps = byId('steps', HTMLOListElement);
  private readonly status = byId('job-status', HTMLElement);
  private readonly answer = byId('answer', HTMLElement);
  private readonly facts = byId('job-facts', HTMLElement);
  private run: JobRun | null = null;
  private models = '';

  constructor() {
    byId('prompt-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.submit();
    });
    this.cancel.addEventListener('click', () => {
      this.cancel.disabled = true;
      this.say('Cancelling …', 'idle');
      if (this.run !== null) void this.end(this.run);
    });
  }

  /** What the server says of models and keys. */
  know({ models, auth_mode: mode }: Pick<Snapshot, 'models' | 'auth_mode'>): void {
    this.apiKey.required = mode === 'required';
    setText(byId('api-key-need', HTMLElement), mode === 'required' ? 'needed' : 'optional');
    if (models.join(' ') === this.models) return;
    this.models = models.join(' ');
    byId('models', HTMLDataListElement).replaceChildren(
      ...models.map((value) => element('option', { value })),
    );
    if (this.model.value === '')
      this.model.value = models.find((name) => name === 'sim-fast') ?? models[0] ?? '';
  }

  private async submit(): Promise<void> {
    const run = new JobRun(this.apiKey.value.trim(), (news) => {
      this.take(news);
    });
    this.run = run;
    this.send.disabled = true;
    this.answer.hidden = true;
    this.answer.replaceChildren();
    this.facts.hidden = true;
    this.showStep('sent');
    this.say('Sending …', 'idle');
    await run.run({
      prompt: this.prompt.value,
      model: this.model.value.trim(),
      max_tokens: this.maxTokens.valueAsNumber,
      priority: this.priority.value,
      stream: this.stream.checked,
    });
    this.send.disabled = false;
    this.cancel.disabled = true;
  }

  private async end(run: JobRun): Promise<void> {
    const refusal = await run.cancel();
    if (refusal === null || run.hasEnded) return;
    this.cancel.disabled = false;
    this.say(`Not cancelled: ${refusal}`, 'warn');
  }

  private take(news: JobNews): void {
    switch (news.kind) {
      case 'queued':
        this.cancel.disabled = false;
        this.showStep('queued');
        this.say(news.text, 'idle');
        return;
      case 'running':
        this.showStep('running');
        this.say('A worker runs it.', 'idle');
        return;
      case 'token':
        this.write(news.text);
        return;
      case 'restarted':
        this.answer.replaceChildren();
        this.say('Another worker begins it again.', 'warn');
        return;
      case 'completed':
        this.showStep('finished');
        this.say('Finished.', 'good');
        this.answer.replaceChildren();
        this.write(news.answer);
        this.facts.hidden = false;
        this.facts.replaceChildren(
          ...news.facts.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
        );
        return;
      case 'cancelled':
        this.showStep('finished', 'warn');
        this.say('Cancelled.', 'warn');
        return;
      case 'failed':
        this.showStep('finished', 'bad');
        this.say(news.text, 'bad');
    }
  }

  private write(text: string): void {
    this.answer.hidden = false;
    const isAtEnd = this.answer.scrollTop + this.answer.clientHeight >= this.answer.scrollHeight - 4;
    this.answer.append(text);
    if (isAtEnd) this.answer.scrollTop = this.answer.scrollHeight;
  }

  private say(text: string, tone: Tone): void {
    setTone(this.status, tone);
    setText(this.status, text);
  }

  private showStep(step: Step, tone?: Tone): void {
    const now = STEPS.indexOf(step);
    this.steps.replaceChildren(
      ...STEPS.map((name, at) =>
        element(
          'li',
          {
            'data-done': at <= now ? '' : undefined,
            'aria-current': at === now ? 'step' : undefined,
            'data-tone': at === now ? tone : undefined,
          },
          at === now && tone !== undefined ? 'ended' : name,
        ),
      ),
    );
  }
}
