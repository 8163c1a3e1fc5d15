import type { KubernetesObject } from '../api/objects.ts';
import type { KubeClient, KubeRequest } from './client.ts';
import type { Clock } from './time.ts';

/** A clock for tests that stands still until it is moved. */
export function handClock(): Clock & { advance(ms: number): void } {
  let now = 0;
  const timers = new Set<{ readonly due: number; readonly callback: () => void }>();
  const next = () => [...timers].sort((a, b) => a.due - b.due)[0];
  return {
    now: () => now,
    after: (ms, callback) => {
      const timer = { due: now + ms, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: (ms) => {
      const end = now + ms;
      for (let timer = next(); timer !== undefined && timer.due <= end; timer = next()) {
        timers.delete(timer);
        now = timer.due;
        timer.callback();
      }
      now = end;
    },
  };
}

/** A ConfigMap for tests of caches and of comparison. */
export function configMap(name: string, more: Partial<KubernetesObject['metadata']> & { readonly data?: unknown } = {}): KubernetesObject {
  const { data = {}, ...metadata } = more;
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'shop', uid: `uid-of-${name}`, ...metadata, name }, data };
}

/** A client for tests whose answers are given by a function; `sent` are the requests so far. */
export function scriptedClient(answer: (request: KubeRequest) => unknown): KubeClient & { readonly sent: KubeRequest[] } {
  const sent: KubeRequest[] = [];
  return {
    sent,
    host: 'test',
    namespace: undefined,
    send: async (request) => {
      request.fence?.();
      sent.push(request);
      return await answer(request);
    },
    open: () => Promise.reject(new Error('no watches here')),
    noticesDeadWatches: () => true,
    lastContact: () => performance.now(),
    onConnect: () => undefined,
    close: () => Promise.resolve(),
  };
}
