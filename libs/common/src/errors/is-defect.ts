import { ZodError } from 'zod';

/** Whether an error says that the code is wrong, rather than that the world misbehaved. */
export function isDefect(error: unknown): boolean {
  return [TypeError, RangeError, ReferenceError, SyntaxError, ZodError].some((kind) => error instanceof kind);
}
