import { z } from 'zod';
import type { GenerationTask } from '#common/contracts/generation.js';

const ECHOED_CHARACTERS = 50;
const PIECE_CHARACTERS = 4;
const CHOICES_MAX = 4;

/** What the simulator says to a task: the beginning of what its user said last. */
export function simulatedText(task: GenerationTask): string {
  // A code point has at most two units, so twice as many hold all that is echoed; Array.from never splits one.
  const echoed = Array.from(promptOf(task).slice(0, 2 * ECHOED_CHARACTERS)).slice(0, ECHOED_CHARACTERS);
  return `Simulated response to: ${echoed.join('')}...`;
}

/** About one token each. Together they are the text; no character is cut in two. */
export function piecesOf(text: string): string[] {
  const characters = Array.from(text);
  return Array.from({ length: Math.ceil(characters.length / PIECE_CHARACTERS) }, (_, at) =>
    characters.slice(at * PIECE_CHARACTERS, (at + 1) * PIECE_CHARACTERS).join(''),
  );
}

const choices = z.number().int().min(1).max(CHOICES_MAX).catch(1);

/** How often the task is answered: `n`, from 1 to 4. */
export const choicesOf = ({ body }: GenerationTask): number => choices.parse(body['n']);

const part = z.object({ text: z.string() });
const content = z.union([
  z.string(),
  z
    .array(z.unknown())
    .transform((parts) => parts.map((each) => part.safeParse(each).data?.text ?? '').join('')),
]);
const chat = z.object({ messages: z.array(z.object({ role: z.string(), content: z.unknown() })) });
const completion = z.object({
  prompt: z.union([
    z.string(),
    z
      .tuple([z.string()])
      .rest(z.unknown())
      .transform(([first]) => first),
  ]),
});

function promptOf({ endpoint, body }: GenerationTask): string {
  if (endpoint === 'completions') return completion.safeParse(body).data?.prompt ?? '';
  const said = chat.safeParse(body).data?.messages.findLast(({ role }) => role === 'user')?.content;
  return content.safeParse(said).data ?? '';
}
