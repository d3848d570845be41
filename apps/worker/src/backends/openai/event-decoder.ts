import { OversizedResponse, RESPONSE_BYTES_MAX } from './read-body.js';

export interface ServerEvent {
  /** '' without one. */
  readonly event: string;
  readonly data: string;
}

const LINE_END = /\r\n|\n|\r/;

/** Cuts a text that comes in pieces into server-sent events (WHATWG HTML, section 9.2.6). Ids and comments are passed over. */
export class EventDecoder {
  /** A line that has not ended. Only what came last is searched for its end: a line may come byte by byte. */
  private pending = '';
  private event = '';
  private lines: string[] = [];
  private endsInReturn = false;

  /**
   * The events that are whole now.
   * @throws OversizedResponse when a line is longer than a whole response may be.
   */
  push(piece: string): ServerEvent[] {
    // A pair \r\n that is cut in two is one line end.
    const text = this.endsInReturn && piece.startsWith('\n') ? piece.slice(1) : piece;
    if (piece !== '') this.endsInReturn = piece.endsWith('\r');
    const [first = '', ...rest] = text.split(LINE_END);
    this.keep(first);
    const lines: string[] = [];
    for (const beginning of rest) {
      lines.push(this.pending);
      this.pending = '';
      this.keep(beginning);
    }
    return lines.flatMap((line) => this.readLine(line));
  }

  /** A last event without the blank line that should end it. */
  end(): ServerEvent[] {
    return this.push('\n\n');
  }

  private keep(text: string): void {
    this.pending += text;
    if (this.pending.length > RESPONSE_BYTES_MAX) throw new OversizedResponse();
  }

  private readLine(line: string): ServerEvent[] {
    if (line === '') return this.dispatch();
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.lines.push(value);
    else if (name === 'event') this.event = value;
    return [];
  }

  private dispatch(): ServerEvent[] {
    const { event, lines } = this;
    this.event = '';
    this.lines = [];
    return lines.length === 0 ? [] : [{ event, data: lines.join('\n') }];
  }
}
