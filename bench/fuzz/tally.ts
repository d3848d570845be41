import type { Answer } from './answer.js';
import type { Complaint } from './judge.js';
import type { Sent } from './plan.js';

const KEPT_MAX = 3;
const BYTES_SHOWN_MAX = 4_000;

/** One request that was answered wrongly, so that it can be sent again. */
export interface Example {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  /** In UTF-8; of bytes that are none, in base64. Null without one. */
  readonly body: string | null;
  readonly bodyBytes: number;
  readonly requestId: string | null;
  readonly seen: string;
}

export interface Finding {
  /** The route, or what else was looked at. */
  readonly where: string;
  readonly what: string;
  times: number;
  /** The smallest that were met; the first one first. */
  readonly examples: Example[];
  /** Lines of our processes' logs about the examples. */
  logLines: readonly string[];
}

/** All that was sent and seen. */
export class Tally {
  inputs = 0;
  readonly statuses = new Map<string, Map<string, number>>();
  readonly findings = new Map<string, Finding>();

  /** `onNew` is told of each finding when it is met for the first time. */
  constructor(private readonly onNew: (finding: Finding, seen: string) => void = () => undefined) {}

  count(where: string, answer: Answer): void {
    this.inputs++;
    const of = this.statuses.get(where) ?? new Map<string, number>();
    this.statuses.set(where, of);
    const status = answer.kind === 'answered' ? String(answer.status) : answer.kind;
    of.set(status, (of.get(status) ?? 0) + 1);
  }

  /** Whether there are enough examples: whoever looks for smaller ones can stop. */
  isKnown(where: string, { name }: Complaint): boolean {
    return (this.findings.get(`${where} ${name}`)?.examples.length ?? 0) >= KEPT_MAX;
  }

  find(where: string, complaint: Complaint, sent: Sent | null, answer: Answer | null): void {
    const key = `${where} ${complaint.name}`;
    const finding = this.findings.get(key) ?? {
      where,
      what: complaint.name,
      times: 0,
      examples: [],
      logLines: [],
    };
    if (!this.findings.has(key)) this.onNew(finding, complaint.seen);
    this.findings.set(key, finding);
    finding.times++;
    const example = sent === null ? null : exampleOf(sent, complaint, answer);
    if (example === null) return;
    finding.examples.push(example);
    finding.examples.sort(
      (one, other) => one.bodyBytes - other.bodyBytes || one.path.length - other.path.length,
    );
    finding.examples.splice(KEPT_MAX);
  }
}

function exampleOf(
  { method, path, headers, bytes }: Sent,
  { seen }: Complaint,
  answer: Answer | null,
): Example {
  const requestId = answer?.kind === 'answered' ? (answer.headers['x-request-id'] ?? null) : null;
  return {
    method,
    path,
    headers,
    body: bytes === null ? null : shown(bytes),
    bodyBytes: bytes?.length ?? 0,
    requestId,
    seen,
  };
}

function shown(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.subarray(0, BYTES_SHOWN_MAX));
  const text = buffer.toString('utf8');
  return Buffer.from(text).equals(buffer) ? text : `base64:${buffer.toString('base64')}`;
}
