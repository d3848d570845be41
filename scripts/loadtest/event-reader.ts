/** One server-sent event. */
export interface SentEvent {
  /** `message` where it has no name. */
  readonly event: string;
  readonly data: string;
}

/** Cuts a stream of bytes into server-sent events (WHATWG HTML, 9.2). Comments and fields that nobody here needs are passed over. */
export class EventReader {
  private readonly decoder = new TextDecoder();
  private rest = '';

  push(bytes: Uint8Array): SentEvent[] {
    this.rest += this.decoder.decode(bytes, { stream: true });
    const blocks = this.rest.split(/\r?\n\r?\n/);
    this.rest = blocks.pop() ?? '';
    return blocks.map(eventIn).filter((event) => event !== null);
  }
}

function eventIn(block: string): SentEvent | null {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value = ''] = /^(event|data):(?: ?)(.*)$/s.exec(line) ?? [];
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
  return data.length === 0 ? null : { event, data: data.join('\n') };
}
