/** What a script of ours has answered: an array of texts and numbers. Every read checks its kind. */
export class Reply {
  private readonly items: readonly unknown[];

  constructor(reply: unknown) {
    if (!Array.isArray(reply)) throw new TypeError('a script did not answer with an array');
    this.items = reply;
  }

  text(at: number): string {
    const item = this.items[at];
    return typeof item === 'string' ? item : this.refuse(at, 'text');
  }

  number(at: number): number {
    const item = this.items[at];
    return typeof item === 'number' ? item : this.refuse(at, 'number');
  }

  private refuse(at: number, wanted: string): never {
    throw new TypeError(`a script answered ${typeof this.items[at]} at ${at}, not a ${wanted}`);
  }
}
