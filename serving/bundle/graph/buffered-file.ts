import { readSync } from 'node:fs';

const WINDOW = 64 * 1024;

/** Single bytes of a large file at any offset, through one small window; walking forwards reads each part once. */
export class BufferedFile {
  readonly size: number;
  readonly #fd: number;
  readonly #window = Buffer.alloc(WINDOW);
  #start = 0;
  #end = 0;

  constructor(fd: number, size: number) {
    this.#fd = fd;
    this.size = size;
  }

  /** The byte at `offset`. @throws RangeError outside the file */
  at(offset: number): number {
    if (offset < this.#start || offset >= this.#end) this.#fill(offset);
    const byte = this.#window[offset - this.#start];
    if (byte === undefined || offset >= this.#end) throw new RangeError(`no byte at ${offset}`);
    return byte;
  }

  /** The bytes from `start` to `end` as text, at most a window of them. @throws RangeError outside the file */
  text(start: number, end: number): string {
    if (start < this.#start || end > this.#end) this.#fill(start);
    if (end > this.#end) throw new RangeError(`no byte at ${this.#end}`);
    return this.#window.toString('utf8', start - this.#start, end - this.#start);
  }

  #fill(offset: number): void {
    this.#start = offset;
    this.#end = offset + (offset < this.size ? readSync(this.#fd, this.#window, 0, WINDOW, offset) : 0);
  }
}
