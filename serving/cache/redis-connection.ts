import type { CacheConfig } from '../config/serve.ts';
import { log } from '../telemetry/log.ts';
import { type Client, openClient } from './redis-client.ts';
import { Unavailable } from './redis-failures.ts';

/** Commands sent and not answered, at most; each holds some hundred bytes. */
const MAX_PENDING = 256;
/** A connection on which nothing has come back for this long is given up, though nobody has closed it. */
const SILENT_MS = 5_000;
/** The same for one that is being made: an attempt and the pause before it take half as long. */
const SILENT_AT_FIRST_MS = 15_000;

/** One connection after the other, each as long as something comes back on it. */
export interface Connection {
  /** @returns what sends a command; @throws Unavailable when nothing can be sent now */
  ready(): (command: (string | Buffer)[]) => Promise<unknown>;
  close(): void;
}

/** Connects in the background, again and again. */
export function keepConnection(config: CacheConfig, warn: (error: unknown) => void): Connection {
  let client: Client | undefined;
  let closed = false;
  let pending = 0;
  let heardAt = 0;

  const heard = () => void (heardAt = performance.now());

  async function open(): Promise<void> {
    try {
      const opened = await openClient(config, {
        onReady: () => {
          heard();
          log('info', 'connected to Redis');
        },
        onError: (error) => {
          heard();
          if (!closed) warn(error);
        },
      });
      heard();
      if (closed) opened.destroy();
      else client = opened;
    } catch (error) {
      warn(error);
    }
  }

  /** The peer may have vanished without a word: another connection shows it. To be asked before anything is refused. */
  function leaveWhenSilent(): void {
    if (client === undefined) return;
    const limit = client.isReady ? SILENT_MS : SILENT_AT_FIRST_MS;
    const isAwaited = pending > 0 || !client.isReady;
    if (!isAwaited || performance.now() - heardAt < limit) return;
    const silent = client;
    client = undefined;
    silent.destroy();
    void open();
  }

  async function send(to: Client, command: (string | Buffer)[]): Promise<unknown> {
    if (pending === 0) heard();
    pending += 1;
    try {
      return await to.sendCommand(command);
    } finally {
      pending -= 1;
      heard();
    }
  }

  void open();
  return {
    ready() {
      leaveWhenSilent();
      const to = client;
      if (!to?.isReady) throw new Unavailable('not connected');
      if (pending >= MAX_PENDING) throw new Unavailable('too many commands are unanswered');
      return (command) => send(to, command);
    },
    close() {
      closed = true;
      client?.destroy();
      client = undefined;
    },
  };
}
