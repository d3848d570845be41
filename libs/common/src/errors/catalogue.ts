import { CALLER_ERRORS } from './caller-errors.js';
import { CONNECTION_ERRORS } from './connection-errors.js';
import { NOT_FOUND_ERRORS } from './not-found-errors.js';
import { SERVER_ERRORS } from './server-errors.js';

export type { ErrorEntry, Retry } from './error-entry.js';

/** Every error a caller can see. `docs/failure-modes.md` has a heading for each code. */
export const CATALOGUE = {
  ...CONNECTION_ERRORS,
  ...CALLER_ERRORS,
  ...NOT_FOUND_ERRORS,
  ...SERVER_ERRORS,
} as const;

export type ErrorCode = keyof typeof CATALOGUE;

const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(CATALOGUE, text);
export const ERROR_CODES: readonly ErrorCode[] = Object.keys(CATALOGUE).filter(isErrorCode);
