/** Something that whoever started Sluice can put right: shown as one sentence, without a stack trace. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
