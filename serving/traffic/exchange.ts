import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher, Pool } from 'undici';

const MAX_REPLY_BYTES = 4 * 1024 * 1024;

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Why there is no reply. `abandoned`: the caller went away first. */
export type NoReply = 'error' | 'timeout' | 'abandoned';

interface Message {
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  /** Aborted when the caller goes away. */
  caller: AbortSignal;
  /** For the whole exchange. */
  timeoutMs: number;
}

/**
 * Posts a message and reads the reply, 4 MiB at most. Never throws. The handler is undici's lowest layer: streams and signals
 * of its own for each exchange cost more than the exchange (docs/performance.md).
 */
export function exchange(pool: Pool, { path, headers, body, caller, timeoutMs }: Message): Promise<Reply | NoReply> {
  if (caller.aborted) return Promise.resolve('abandoned');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const head = { status: 0, headers: {} as IncomingHttpHeaders };
    let size = 0;
    let controller: Dispatcher.DispatchController | undefined;
    let isOver = false;

    const end = (result: Reply | NoReply): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      caller.removeEventListener('abort', abandon);
      resolve(result);
      if (typeof result === 'string') controller?.abort(new Error(result));
    };
    const abandon = (): void => end('abandoned');
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    caller.addEventListener('abort', abandon, { once: true });

    pool.dispatch({ method: 'POST', path, headers, body }, {
      onRequestStart(started) {
        controller = started;
        // Given up while it waited for a connection.
        if (isOver) started.abort(new Error('given up'));
      },
      onResponseStart(_controller, status, received) {
        head.status = status;
        head.headers = received;
      },
      onResponseData(_controller, chunk) {
        size += chunk.length;
        if (size > MAX_REPLY_BYTES) return end('error');
        chunks.push(chunk);
      },
      onResponseEnd: () => end({ ...head, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size) }),
      onResponseError: (_controller, error) => end((error as { code?: string }).code === 'UND_ERR_CONNECT_TIMEOUT' ? 'timeout' : 'error'),
    });
  });
}
