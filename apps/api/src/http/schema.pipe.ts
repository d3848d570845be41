import { StandardSchemaValidationPipe } from '@nestjs/common';
import { Refusal } from '#common/errors/refusal.js';

const MESSAGES_MAX = 5;

/** What a schema found wrong at one place (Standard Schema 1.0). */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Says what is wrong with what a caller sent. */
export function refusalOfIssues(issues: readonly Issue[]): Refusal {
  const described = issues.map((issue) => {
    const path = (issue.path ?? [])
      .map((segment) => String(typeof segment === 'object' ? segment.key : segment))
      .join('.');
    // An unknown field is reported for the object around it; the field itself is what its sender looks for.
    if (path === '' && 'keys' in issue) return { path: String(issue.keys), sentence: issue.message };
    return { path, sentence: path === '' ? issue.message : `${path}: ${issue.message}` };
  });
  const param = described[0]?.path;
  return new Refusal('invalid_value', {
    message: described
      .slice(0, MESSAGES_MAX)
      .map(({ sentence }) => sentence)
      .join('; '),
    ...(param === undefined || param === '' ? {} : { param }),
  });
}

/** Validates what carries a schema (`@Body({ schema })`); the same schemas make the OpenAPI document. */
export const schemaPipe = new StandardSchemaValidationPipe({ exceptionFactory: refusalOfIssues });
