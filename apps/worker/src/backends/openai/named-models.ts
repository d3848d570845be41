import { z } from 'zod';
import { redactText, type Secret } from './redact-key.js';
import { parseJson } from './wire.js';

const MODELS_MAX = 1_000;
const NAME_CHARACTERS_MAX = 100;

const models = z.object({ data: z.array(z.unknown()) });
const model = z.object({ id: z.string().min(1).max(NAME_CHARACTERS_MAX) });

/** The models in a list in OpenAI's wire format, at most 1,000; none where the text is no such list. */
export function namedModels(text: string, secret: Secret): string[] {
  const listed = models.safeParse(parseJson(text)).data?.data.slice(0, MODELS_MAX) ?? [];
  return listed.flatMap((each) => {
    const id = model.safeParse(each).data?.id;
    return id === undefined || redactText(id, secret) !== id ? [] : [id];
  });
}
