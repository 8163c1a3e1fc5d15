import type { CacheConfig } from '../config/serve.ts';
import { backoff } from '../contract/backoff.ts';

const PAUSES_MS = { first: 100, longest: 5_000 };

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
    socket: { connectTimeout: 2_000, reconnectStrategy: (failures) => backoff(failures + 1, PAUSES_MS, Math.random()) },
  });
  client.on('ready', onReady);
  client.on('error', onError);
  // Told by the event.
  client.connect().catch(() => undefined);
  return client;
}
