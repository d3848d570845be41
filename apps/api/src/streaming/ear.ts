import type { BeganMessage, StreamMessage } from '#common/contracts/job-stream.js';
import type { StreamListener } from '../waiting/stream-listeners.js';

const HEARD_MAX = 256;
const CHARACTERS_MAX = 256 * 1024;

/**
 * What one follower has heard and not told yet: bounded, so a slow one costs no memory. Once it is too much, or something
 * may have got lost, all is forgotten: `isDeaf` until the stream is read.
 */
export class Ear implements StreamListener {
  private heard: (StreamMessage | BeganMessage)[] = [];
  private characters = 0;
  private isWoken = false;
  private wakeUp: () => void = () => undefined;
  private hasMissed = false;

  get isDeaf(): boolean {
    return this.hasMissed;
  }

  hear(message: StreamMessage | BeganMessage): void {
    if (!this.hasMissed) {
      this.heard.push(message);
      this.characters += 'fields' in message ? sizeOf(message) : 0;
      if (this.heard.length > HEARD_MAX || this.characters > CHARACTERS_MAX) this.deafen();
    }
    this.wake();
  }

  miss(): void {
    this.deafen();
    this.wake();
  }

  deafen(): void {
    this.forget();
    this.hasMissed = true;
  }

  /** To be called before the stream is read: what comes meanwhile is then heard, or read, or both. */
  listenAgain(): void {
    this.forget();
    this.hasMissed = false;
  }

  /** All that was heard since. */
  take(): readonly (StreamMessage | BeganMessage)[] {
    const heard = this.heard;
    this.forget();
    return heard;
  }

  wake(): void {
    this.isWoken = true;
    this.wakeUp();
  }

  /** Whether something came within `ms`, or had come since the last call. */
  async next(ms: number): Promise<boolean> {
    if (!this.isWoken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const wasWoken = this.isWoken;
    this.isWoken = false;
    return wasWoken;
  }

  private forget(): void {
    this.heard = [];
    this.characters = 0;
  }
}

function sizeOf({ fields }: StreamMessage): number {
  if (fields === null) return 0;
  return fields.chunks === undefined ? fields.text.length : JSON.stringify(fields.chunks).length;
}
