import type { Snapshot } from '../snapshot.js';

type Json = Readonly<Record<string, unknown>>;

/** The object that a text holds; an empty one when it holds none. */
export function objectIn(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}

/** Null for what no release of the server sends. */
export function snapshotIn(text: string): Snapshot | null {
  const value = objectIn(text);
  return Array.isArray(value['pools']) && Array.isArray(value['traffic'])
    ? (value as unknown as Snapshot)
    : null;
}

export const textOf = (object: Json, field: string): string | null => {
  const value = object[field];
  return typeof value === 'string' ? value : null;
};

export const numberOf = (object: Json, field: string): number | null => {
  const value = object[field];
  return typeof value === 'number' ? value : null;
};

export function objectOf(object: Json, field: string): Json {
  const value = object[field];
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
