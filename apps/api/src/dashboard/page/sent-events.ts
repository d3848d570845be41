/** One server-sent event (WHATWG HTML, section 9.2). */
export interface SentEvent {
  readonly event: string;
  readonly id: string | null;
  readonly data: string;
}

/** Makes events of the text of a stream, however it was cut into pieces. Comments and empty events are passed over. */
export class EventDecoder {
  private rest = '';

  take(text: string): SentEvent[] {
    const blocks = (this.rest + text).replaceAll('\r\n', '\n').split('\n\n');
    this.rest = blocks.pop() ?? '';
    return blocks.flatMap(eventIn);
  }
}

function eventIn(block: string): SentEvent[] {
  let event = 'message';
  let id: string | null = null;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const [field, value] = colon === -1 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1)];
    const said = value.startsWith(' ') ? value.slice(1) : value;
    if (field === 'event') event = said;
    if (field === 'id') id = said;
    if (field === 'data') data.push(said);
  }
  return data.length === 0 ? [] : [{ event, id, data: data.join('\n') }];
}
