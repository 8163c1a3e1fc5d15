import type { Writable } from 'node:stream';

/** Pipes take so much in one piece, so that lines of several processes or threads never run into each other. */
const PIECE = 4_096;
/** What waits for a reader who is slow, characters; lines beyond that are lost. */
const MAX_WAITING = 4 * 1024 * 1024;
const FLUSH_EVERY_MS = 1_000;

/** Collects lines and writes them in the background, many at once: for what can be a line for each of thousands of requests a second. */
export function createLineBuffer(stream: Writable, flushEveryMs = FLUSH_EVERY_MS): (line: string) => void {
  /** Whole lines each; the last one is being filled. */
  let pieces = [''];
  let size = 0;
  let timer: NodeJS.Timeout | undefined;

  /** Writes while the reader keeps up, all but the last `left` pieces. */
  function write(left: number): void {
    while (pieces.length > left && !stream.writableNeedDrain) {
      const piece = pieces.shift() ?? '';
      size -= piece.length;
      stream.write(piece);
    }
    if (pieces.length === 0) pieces = [''];
  }

  function flush(): void {
    timer = undefined;
    write(0);
    if (size > 0) plan();
  }

  const plan = (): void => void (timer ??= setTimeout(flush, flushEveryMs).unref());

  process.once('exit', flush);
  return (line) => {
    if (size + line.length > MAX_WAITING) return;
    const last = pieces.length - 1;
    const started = pieces[last] ?? '';
    if (started.length + line.length <= PIECE) pieces[last] = started + line;
    else pieces.push(line);
    size += line.length;
    write(1);
    plan();
  };
}
