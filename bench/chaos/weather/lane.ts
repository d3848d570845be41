import type { Socket } from 'node:net';
import type { Weather } from './weather.js';

/** A sender that is so far ahead has to wait, in bytes. */
const HELD_BYTES_MAX = 256 * 1024;
/** What a slow lane passes on at once, in bytes. */
const SLICE_BYTES = 4 * 1024;

interface Piece {
  readonly bytes: Buffer;
  readonly cameAt: number;
}

/** One direction of one connection: passes on what comes, in its order, as the weather allows. */
export class Lane {
  private readonly held: Piece[] = [];
  private heldBytes = 0;
  private isDone = false;
  private hasEnded = false;
  private freeAt = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly weather: () => Weather,
  ) {
    from.on('data', (bytes: Buffer) => this.take(bytes));
    from.on('end', () => {
      this.isDone = true;
      this.wake();
    });
    to.on('drain', () => this.wake());
  }

  /** The weather has changed, or time has passed. */
  wake(): void {
    clearTimeout(this.timer);
    while (!this.hasEnded && this.passOn());
    this.holdBack();
  }

  end(): void {
    this.hasEnded = true;
    this.held.length = 0;
    clearTimeout(this.timer);
  }

  private take(bytes: Buffer): void {
    this.held.push({ bytes, cameAt: performance.now() });
    this.heldBytes += bytes.length;
    this.wake();
  }

  /** Whether something was passed on, so that more may be. */
  private passOn(): boolean {
    const weather = this.weather();
    const [piece] = this.held;
    if (weather.kind === 'stalled' || this.to.writableNeedDrain) return false;
    if (piece === undefined) return this.finish();
    if (weather.kind !== 'slow') return this.send(piece, piece.bytes.length);
    const dueAt = Math.max(piece.cameAt + weather.delayMs, this.freeAt);
    const now = performance.now();
    if (dueAt > now) {
      this.timer = setTimeout(() => this.wake(), dueAt - now);
      return false;
    }
    const length = Math.min(piece.bytes.length, SLICE_BYTES);
    this.freeAt = now + (length / weather.bytesPerSecond) * 1_000;
    return this.send(piece, length);
  }

  private send({ bytes, cameAt }: Piece, length: number): boolean {
    this.held.shift();
    if (length < bytes.length) this.held.unshift({ bytes: bytes.subarray(length), cameAt });
    this.heldBytes -= length;
    this.to.write(bytes.subarray(0, length));
    return true;
  }

  private finish(): false {
    if (!this.isDone) return false;
    this.hasEnded = true;
    this.to.end();
    return false;
  }

  private holdBack(): void {
    if (this.heldBytes > HELD_BYTES_MAX) this.from.pause();
    else if (this.from.isPaused()) this.from.resume();
  }
}
