import { readSync } from 'node:fs';

const WINDOW = 64 * 1024;

/** Single bytes of a large file at any offset, through one small window; walking forwards reads each part once. */
export class BufferedFile {
  readonly #fd: number;
  readonly #size: number;
  readonly #window = Buffer.alloc(WINDOW);
  #start = 0;
  #length = 0;

  constructor(fd: number, size: number) {
    this.#fd = fd;
    this.#size = size;
  }

  /** The byte at `offset`. @throws RangeError outside the file */
  at(offset: number): number {
    if (offset < this.#start || offset >= this.#start + this.#length) this.#fill(offset);
    const byte = this.#window[offset - this.#start];
    if (byte === undefined || offset >= this.#start + this.#length) throw new RangeError(`no byte at ${offset}`);
    return byte;
  }

  #fill(offset: number): void {
    this.#start = offset;
    this.#length = offset < this.#size ? readSync(this.#fd, this.#window, 0, WINDOW, offset) : 0;
  }
}
