/** Which lines of a batch are done: a bit for each, so that 50,000 take 6 KB. */
export class LineSet {
  private readonly bits: Uint8Array;
  private held = 0;

  constructor(readonly size: number) {
    this.bits = new Uint8Array(Math.ceil(size / 8));
  }

  get count(): number {
    return this.held;
  }

  has(index: number): boolean {
    return ((this.bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  /** False when it was there, or is no line. */
  add(index: number): boolean {
    if (index < 0 || index >= this.size || this.has(index)) return false;
    this.bits[index >> 3] = (this.bits[index >> 3] ?? 0) | (1 << (index & 7));
    this.held++;
    return true;
  }
}
