import type { CacheConfig } from '../config/serve.ts';

const LONGEST_PAUSE_MS = 5_000;

/** What is used of a Redis client. */
export interface Client {
  readonly isReady: boolean;
  /** Texts come back as Buffers. */
  sendCommand(command: (string | Buffer)[]): Promise<unknown>;
  destroy(): void;
}

interface Events {
  onReady(): void;
  onError(error: Error): void;
}

/** A client that connects in the background; loaded here, as a process without a cache has no use for it. */
export async function openClient({ url, username, password }: CacheConfig, { onReady, onError }: Events): Promise<Client> {
  const { createClient, RESP_TYPES } = await import('@redis/client');
  const client = createClient({
    url,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    // The older protocol, which every Redis and every proxy in front of one speaks.
    RESP: 2,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
    socket: { connectTimeout: 2_000, reconnectStrategy: pauseBefore },
  });
  client.on('ready', onReady);
  client.on('error', onError);
  // Told by the event.
  client.connect().catch(() => undefined);
  return client;
}

/** Milliseconds before another attempt; different for each pod, as they all lose the same Redis at once. */
function pauseBefore(attempts: number): number {
  const pause = Math.min(LONGEST_PAUSE_MS, 100 * 2 ** Math.min(attempts, 10));
  return pause * (0.5 + Math.random() / 2);
}
