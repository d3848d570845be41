/** The process cannot start. The message is one sentence that says what to do; it is printed without a stack trace. */
export class BootError extends Error {
  override readonly name = 'BootError';
}
