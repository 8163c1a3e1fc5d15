import { connect, type Socket } from 'node:net';

/** A TCP connection on which anything can be sent. */
export interface RawConnection {
  socket: Socket;
  send(text: string | Buffer): void;
  /** What has come back so far. */
  received(): string;
  /** Resolves with all that came back when the server has closed the connection; rejects when it does not within `ms`. */
  closed(ms?: number): Promise<string>;
}

/** @param host `127.0.0.1:PORT` */
export function rawConnection(host: string): RawConnection {
  const [address = '', port = ''] = host.split(':');
  const socket = connect(Number(port), address);
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk) => (received += String(chunk)));
  // A server that refuses may close while we still send.
  socket.on('error', () => undefined);
  const end = new Promise<void>((done) => socket.once('close', () => done()));
  return {
    socket,
    send: (text) => void socket.write(text),
    received: () => received,
    async closed(ms = 10_000) {
      const late = setTimeout(() => socket.destroy(new Error('late')), ms);
      let isLate = false;
      socket.once('error', (error) => (isLate = error.message === 'late'));
      await end;
      clearTimeout(late);
      if (isLate) throw new Error(`the connection was not closed within ${ms} ms; so far: ${received.slice(0, 200)}`);
      return received;
    },
  };
}

/** Sends one text and waits for the end of the connection. @returns the status of the first answer, and the whole text */
export async function rawExchange(host: string, text: string | Buffer, ms?: number): Promise<{ status: number; text: string }> {
  const connection = rawConnection(host);
  connection.send(text);
  const answer = await connection.closed(ms);
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0), text: answer };
}
