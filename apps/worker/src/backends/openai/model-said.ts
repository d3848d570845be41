import { redactText, type Secret } from './redact-key.js';
import type { Wire } from './wire.js';

/** What names of models look like: no blanks, so that no sentence of a backend's counts as one. */
const MODEL_NAME = /^[\w.:/@-]{1,100}$/;

/** The model that an answer or a chunk says it is from; {} where it says none. */
export function modelSaid({ model }: Wire, secret: Secret): { readonly model?: string } {
  if (typeof model !== 'string') return {};
  const shown = redactText(model, secret);
  return MODEL_NAME.test(shown) ? { model: shown } : {};
}
