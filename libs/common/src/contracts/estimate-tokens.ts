const CHARACTERS_PER_TOKEN = 4;
/** Of an image in a message, whatever its size: what OpenAI counts for one of 1,024 × 1,024 pixels, rounded up. */
const TOKENS_PER_IMAGE = 800;

/**
 * Tokens of a text by OpenAI's rule of thumb of 4 characters a token (help.openai.com, "What are tokens and how to count
 * them?"), where a character is a UTF-16 unit. Good for English, low for most other scripts: for where nobody counted.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** What of a request's body is read by the model. */
const INPUT_FIELDS = ['messages', 'prompt', 'input', 'tools', 'functions', 'suffix'];

/** Tokens of all that a model reads of a request in OpenAI's wire format. Token ids in arrays count as one each. */
export function estimateInputTokens(body: Readonly<Record<string, unknown>>): number {
  const sum: Sum = { characters: 0, tokens: 0 };
  for (const name of INPUT_FIELDS) add(sum, body[name]);
  return Math.ceil(sum.characters / CHARACTERS_PER_TOKEN) + sum.tokens;
}

interface Sum {
  characters: number;
  tokens: number;
}

function add(sum: Sum, value: unknown): void {
  if (typeof value === 'string') sum.characters += value.length;
  else if (typeof value === 'number') sum.tokens += 1;
  else if (Array.isArray(value)) for (const item of value) add(sum, item);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, field] of Object.entries(value)) {
      if (name === 'image_url') sum.tokens += TOKENS_PER_IMAGE;
      else if (name !== 'role' && name !== 'type') add(sum, field);
    }
  }
}
