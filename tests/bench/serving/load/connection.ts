import { connect } from 'node:net';
import type { Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';
const READ_BYTES = 16_384;
const LENGTH = /\r\ncontent-length: *(\d+)/i;
const LAST = /\r\nconnection: *close/i;

/** A kept-alive HTTP/1.1 connection that carries one request at a time, with as little work as that takes. */
export interface Connection {
  /** Resolves when it is open, or can never be. */
  opened: Promise<void>;
  send(request: Buffer): void;
  close(): void;
}

interface Answer {
  status: number;
  /** Valid only during the call. */
  body: Buffer;
  /** The server asks for no more requests on this connection. */
  isLast: boolean;
}

interface Listeners {
  /** After the last answer of a connection nothing may be sent on it; it ends by itself. */
  onAnswer(answer: Answer): void;
  /** The connection ended; `early`: before its request was answered. */
  onEnd(early: boolean): void;
}

/** Opens a connection to a server of this machine; requests sent before it is open wait. */
export function openConnection(port: number, { onAnswer, onEnd }: Listeners): Connection {
  const answers = createAnswerReader((answer) => {
    waiting = false;
    onAnswer(answer);
    if (answer.isLast) socket.destroy();
  });
  let waiting = false;
  // Reading into one buffer again and again spares the generator an allocation for each answer.
  const onread = {
    buffer: Buffer.allocUnsafe(READ_BYTES),
    callback: (size: number, buffer: Uint8Array) => {
      answers.take(Buffer.from(buffer.buffer, buffer.byteOffset, size));
      return true;
    },
  };
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
  socket.on('error', () => undefined);
  socket.on('end', () => socket.destroy());
  socket.once('close', () => onEnd(waiting));
  const opened = new Promise<void>((done) => socket.once('connect', done).once('close', () => done()));
  return {
    opened,
    send(request) {
      waiting = true;
      socket.write(request);
    },
    close: () => socket.destroy(),
  };
}

/** Cuts a stream of bytes into answers with a Content-Length. */
export function createAnswerReader(onAnswer: Listeners['onAnswer']) {
  let rest: Buffer = Buffer.alloc(0);
  return {
    take(bytes: Buffer): void {
      let data = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      for (;;) {
        const headEnd = data.indexOf(HEAD_END);
        if (headEnd < 0) break;
        const head = data.toString('latin1', 0, headEnd);
        const bodyStart = headEnd + HEAD_END.length;
        const end = bodyStart + bodyLength(head);
        if (data.length < end) break;
        onAnswer({ status: Number(head.slice(9, 12)), body: data.subarray(bodyStart, end), isLast: LAST.test(head) });
        data = data.subarray(end);
      }
      // `bytes` is overwritten by the next read.
      rest = data.length === 0 ? Buffer.alloc(0) : Buffer.from(data);
    },
  };
}

function bodyLength(head: string): number {
  const found = LENGTH.exec(head);
  if (found === null) throw new Error('an answer without Content-Length');
  return Number(found[1]);
}
