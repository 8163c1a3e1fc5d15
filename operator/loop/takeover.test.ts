import { describe, expect, it } from '@jest/globals';
import type { ModelVersion, Stage } from '../api/model.ts';
import type { KubeClient } from '../kube/client.ts';
import { KubeError } from '../kube/errors.ts';
import { createStore } from '../kube/store.ts';
import { silentLog } from '../telemetry/log.ts';
import { version } from '../testing/builders.ts';
import { readDecisions } from './takeover.ts';

const at = (stage: Stage, resourceVersion: string): ModelVersion => {
  const object = version('2.0.0', stage);
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
};

describe('a new leader', () => {
  it('knows what its predecessor decided though its own watch is behind, and tries until it does', async () => {
    const store = createStore();
    store.upsert(at('Challenger', '10'));
    const results = [
      () => Promise.reject(new KubeError({ status: 500, reason: 'InternalError', message: 'etcd is slow' })),
      () => Promise.resolve({ metadata: { resourceVersion: '12' }, items: [at('Rejected', '11')] }),
    ];
    const client = { send: () => results.shift()?.() } as unknown as KubeClient;
    await readDecisions({ client, watches: { storeOf: () => store }, namespace: undefined, log: silentLog }, new AbortController().signal);
    expect((store.get('shop/books-2.0.0') as ModelVersion | undefined)?.status?.stage).toBe('Rejected');
  });

  it('stops trying when it is not the leader any more', async () => {
    const over = new AbortController();
    const send = () => {
      over.abort();
      return Promise.reject(new Error('cut'));
    };
    const client = { send } as unknown as KubeClient;
    await expect(
      readDecisions({ client, watches: { storeOf: () => createStore() }, namespace: 'shop', log: silentLog }, over.signal),
    ).resolves.toBeUndefined();
  });
});
