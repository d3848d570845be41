/** A body before it is sent. */
export type Body =
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'form'; readonly value: unknown }
  | { readonly kind: 'multipart'; readonly parts: readonly Part[] };

export interface Part {
  readonly name: string;
  /** Null for a field. */
  readonly fileName: string | null;
  readonly content: string;
}

/** A request that is made but for the values of earlier answers. */
export interface Plan {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Body;
  /** What is done to the bytes of the body. */
  readonly scratch: ((bytes: Uint8Array) => Uint8Array) | null;
  /** When the caller hangs up, in milliseconds; null: it waits for the answer. */
  readonly hangUpMs: number | null;
  /** Which statuses besides documented errors are right: those of the route, or any below 400 because the path is twisted. */
  readonly isTwisted: boolean;
}

/** What goes over the wire. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly bytes: Uint8Array | null;
  readonly hangUpMs: number | null;
}

const BOUNDARY = 'sluice-fuzz-boundary';

/** The types of a body, as its sender names it. */
export const typeOf = (body: Body): string | null => {
  switch (body.kind) {
    case 'none':
      return null;
    case 'json':
      return 'application/json';
    case 'form':
      return 'application/x-www-form-urlencoded';
    case 'multipart':
      return `multipart/form-data; boundary=${BOUNDARY}`;
  }
};

/** Puts values of earlier answers into their places, and makes bytes. */
export function sentOf(plan: Plan, resolve: (text: string) => string): Sent {
  const bytes = bytesOf(plan.body, resolve);
  return {
    method: plan.method,
    path: asciiPath(resolve(plan.path)),
    headers: plan.headers.map(([name, value]) => [name, headerText(resolve(value))]),
    bytes: bytes === null || plan.scratch === null ? bytes : plan.scratch(bytes),
    hangUpMs: plan.hangUpMs,
  };
}

function bytesOf(body: Body, resolve: (text: string) => string): Uint8Array | null {
  switch (body.kind) {
    case 'none':
      return null;
    case 'json':
      return Buffer.from(JSON.stringify(resolvedIn(body.value, resolve)));
    case 'form':
      return Buffer.from(formOf(resolvedIn(body.value, resolve)));
    case 'multipart':
      return Buffer.from(`${body.parts.map((part) => partText(part, resolve)).join('')}--${BOUNDARY}--\r\n`);
  }
}

function resolvedIn(value: unknown, resolve: (text: string) => string): unknown {
  if (typeof value === 'string') return resolve(value);
  if (Array.isArray(value)) return value.map((each) => resolvedIn(each, resolve));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, resolvedIn(each, resolve)]));
}

function formOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(
      ([name, each]) => `${encoded(name)}=${encoded(typeof each === 'string' ? each : JSON.stringify(each))}`,
    )
    .join('&');
}

function partText({ name, fileName, content }: Part, resolve: (text: string) => string): string {
  const file =
    fileName === null ? '' : `; filename="${fileName.replaceAll('"', '%22').replaceAll(/[\r\n]/g, ' ')}"`;
  return `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name.replaceAll(/["\r\n]/g, '_')}"${file}\r\n\r\n${resolve(content)}\r\n`;
}

/** Also of what is no Unicode. */
const encoded = (text: string | undefined): string => encodeURIComponent((text ?? '').toWellFormed());

const MARKED = /^\uE0F0.*\uE0F1$/;
/** For a path or a query. What stands for a value of an earlier answer goes as it is. */
export const escaped = (text: string): string => (MARKED.test(text) ? text : encoded(text));

/** A path that can be sent: whatever is not visible ASCII goes percent-encoded. */
const asciiPath = (path: string): string =>
  path.replaceAll(/[^\x21-\x7e]+/g, (odd) => encodeURIComponent(odd.toWellFormed()));

/** Header values may hold Latin-1 without control characters. */
const headerText = (text: string): string => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?');
