/** What tells a request apart everywhere: in its prompt, its request id, the backend's log and the receivers'. */
export const markerOf = (run: string, number: number): string => `mk-${run}-${number}`;

const MARKER = /mk-[a-z0-9]+-\d+/;

/** The marker in a text; null when there is none. */
export const findMarker = (text: string): string | null => MARKER.exec(text)?.[0] ?? null;
