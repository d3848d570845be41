/** One server-sent event; `data` is read as JSON. */
export interface SentEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: Record<string, unknown>;
}

/** A stream of server-sent events that is being read. */
export class EventStream {
  readonly events: SentEvent[] = [];
  readonly comments: string[] = [];
  /** Resolves when the server has ended it; rejects when the connection broke. */
  readonly ended: Promise<void>;
  private readonly cut = new AbortController();

  private constructor(
    readonly response: Response,
    cut: AbortController,
  ) {
    this.cut = cut;
    this.ended = this.read();
    this.ended.catch(() => undefined);
  }

  static async open(
    url: string,
    { json, headers = {} }: { json?: unknown; headers?: Record<string, string> } = {},
  ): Promise<EventStream> {
    const cut = new AbortController();
    const response = await fetch(url, {
      headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }),
      signal: cut.signal,
    });
    return new EventStream(response, cut);
  }

  /** The text of all tokens since the last restart. */
  get text(): string {
    const since = this.events.findLastIndex(({ event }) => event === 'restarted');
    return this.events
      .slice(since + 1)
      .map(({ event, data }) => (event === 'token' ? String(data['text']) : ''))
      .join('');
  }

  get names(): string[] {
    return this.events.map(({ event }) => event);
  }

  get lastId(): string | undefined {
    return this.events.findLast(({ id }) => id !== undefined)?.id;
  }

  of(event: string): SentEvent[] {
    return this.events.filter((each) => each.event === event);
  }

  hangUp(): void {
    this.cut.abort();
  }

  private async read(): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const bytes of this.response.body ?? []) {
      text += decoder.decode(bytes as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.take(block);
    }
  }

  private take(block: string): void {
    const lines = block.split('\n');
    const valueOf = (name: string) =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    this.comments.push(...lines.filter((line) => line.startsWith(': ')));
    const data = valueOf('data');
    if (data === undefined) return;
    this.events.push({
      event: valueOf('event') ?? 'message',
      id: valueOf('id'),
      data: JSON.parse(data) as Record<string, unknown>,
    });
  }
}
