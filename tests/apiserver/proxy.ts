import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy in front of the API server, or of another, that misbehaves on demand. */
export type Proxy = {
  readonly port: number;
  /** Connections through it now. */
  connections(): number;
  /** From now on the existing connections stay open and carry nothing; new ones are served as ever. */
  blackHole(): void;
  /** As blackHole, and new connections are accepted but carry nothing either. */
  blackHoleAll(): void;
  /** Breaks the existing connections with a TCP reset. */
  reset(): void;
  /** Refuses new connections and breaks the existing ones. */
  refuse(): Promise<void>;
  /** Delays every chunk in both directions by this many ms. */
  delay(ms: number): void;
  /** Serves as ever again; black-holed connections stay dead. */
  restore(): Promise<void>;
  close(): Promise<void>;
};

type Pair = { readonly near: Socket; readonly far: Socket; swallow: boolean };

/** Starts a proxy to a port of 127.0.0.1, or of another host; it listens there as well, unless told otherwise. */
export async function startProxy(target: number, { host = '127.0.0.1', listen = '127.0.0.1' } = {}): Promise<Proxy> {
  const pairs = new Set<Pair>();
  let delayMs = 0;
  let swallowNew = false;
  let server: Server | undefined;
  let port = 0;

  const forward = (pair: Pair, from: Socket, to: Socket): void => {
    const pass = (chunk: Buffer): void => {
      if (!pair.swallow && !to.destroyed) to.write(chunk);
    };
    from.on('data', (chunk: Buffer) => {
      if (delayMs === 0) pass(chunk);
      else setTimeout(pass, delayMs, chunk);
    });
    from.on('end', () => {
      if (!pair.swallow) to.end();
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      pairs.delete(pair);
      if (!pair.swallow) to.destroy();
    });
  };

  const open = async (): Promise<void> => {
    server = createServer((near) => {
      const far = connect(target, host);
      const pair: Pair = { near, far, swallow: swallowNew };
      pairs.add(pair);
      forward(pair, near, far);
      forward(pair, far, near);
    });
    await new Promise<void>((resolve, reject) => {
      server?.once('error', reject);
      server?.listen(port, listen, resolve);
    });
    port = (server.address() as AddressInfo).port;
  };

  const shut = async (): Promise<void> => {
    const closing = server;
    server = undefined;
    if (closing === undefined) return;
    const closed = new Promise((resolve) => closing.close(resolve));
    reset();
    await closed;
  };

  const reset = (): void => {
    for (const { near, far } of pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
    pairs.clear();
  };

  await open();
  return {
    port,
    connections: () => pairs.size,
    blackHole: () => {
      for (const pair of pairs) pair.swallow = true;
    },
    blackHoleAll: () => {
      swallowNew = true;
      for (const pair of pairs) pair.swallow = true;
    },
    reset,
    refuse: shut,
    delay: (ms) => {
      delayMs = ms;
    },
    restore: async () => {
      swallowNew = false;
      delayMs = 0;
      if (server === undefined) await open();
    },
    close: shut,
  };
}
