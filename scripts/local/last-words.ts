import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

const KEPT_CHARACTERS_MAX = 16_384;
const COMPLETE_WITHIN_MS = 500;

/** What Node adds to an uncaught error: indented frames, braces, its version, the line of source. */
const isDecoration = (line: string): boolean =>
  /^\s|^[})\]]|^Node\.js v|^file:|^\S+:\d+$/.test(line) || line === '';

/** Passes a child's stderr on and remembers its end, to say why the child ended. */
export class LastWords {
  private text = '';
  private closed: Promise<unknown> = Promise.resolve();

  /** `passOn` is a stream, the path of a file, or nothing. */
  listenTo(stderr: Readable, passOn: Writable | string | undefined): void {
    const target = typeof passOn === 'string' ? createWriteStream(passOn, { flags: 'a' }) : passOn;
    stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.text = (this.text + chunk).slice(-KEPT_CHARACTERS_MAX);
      target?.write(chunk);
    });
    this.closed = once(stderr, 'close');
    void this.closed.then(() => typeof passOn === 'string' && target?.end());
  }

  /** Settles when everything was heard; a grandchild that still holds the pipe is not waited for. */
  async complete(): Promise<void> {
    await Promise.race([this.closed, pause(COMPLETE_WITHIN_MS)]);
  }

  /** The last line that means something, ready to be added to a sentence. */
  get quoted(): string {
    const line = this.text.split('\n').findLast((candidate) => !isDecoration(candidate));
    return line === undefined ? '.' : `: ${line}`;
  }
}
