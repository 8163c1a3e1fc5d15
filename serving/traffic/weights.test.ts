import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../testing/http.ts';
import { kubeServer, type KubeServer } from '../testing/kube.ts';
import { carrierOf } from './carrier.ts';
import { createKubeApi } from './kube-api.ts';
import type { TrafficState } from './route.ts';
import { followCarrier } from './weights.ts';

const CANARY = { weight: 10, candidateVersion: '2.0.0', candidateDigest: 'sha256:two' };

let kube: KubeServer;
let stop: AbortController;
let told: TrafficState[];

beforeEach(async () => {
  kube = await kubeServer();
  stop = new AbortController();
  told = [];
});
afterEach(async () => {
  stop.abort();
  await kube.close();
});

function follow(): void {
  const names = { carrierIngress: 'carrier', championService: 'books', namespace: 'shop' };
  void followCarrier(createKubeApi(kube.origin, '/nowhere'), names, (state) => void told.push(state), stop.signal);
}

const last = () => told.at(-1);
const watching = () => eventually('a watch', () => kube.watchers() === 1);

describe('following the carrier', () => {
  it('asks for the one Ingress and the one Service it may read', async () => {
    follow();
    await watching();
    const ingress = '/apis/networking.k8s.io/v1/namespaces/shop/ingresses?fieldSelector=metadata.name%3Dcarrier';
    expect(kube.asked[0]).toBe(ingress);
    expect(kube.asked[1]).toBe('/api/v1/namespaces/shop/services/books');
    expect(kube.asked[2]).toContain(`${ingress}&watch=true&allowWatchBookmarks=true`);
  });

  it('starts with weight 0 where there is no carrier yet, and hears of it when it appears', async () => {
    follow();
    await watching();
    expect(last()).toMatchObject({ weight: 0, candidateDigest: undefined });
    kube.setCarrier(CANARY);
    await eventually('the weight', () => last()?.weight === 10);
    expect(last()).toMatchObject(CANARY);
    kube.setCarrier(undefined);
    await eventually('its end', () => last()?.weight === 0);
  });

  it('knows the new champion before it hears of the weight that follows the promotion', async () => {
    kube.setCarrier({ ...CANARY, weight: 100 });
    kube.setChampionHash('aaa');
    follow();
    await watching();
    kube.setChampionHash('bbb');
    kube.setCarrier({ ...CANARY, weight: 0 });
    await eventually('the promotion', () => last()?.weight === 0);
    expect(told.map(({ weight, championHash }) => [weight, championHash])).toEqual([[100, 'aaa'], [0, 'bbb']]);
  });

  it('keeps the last weight while the API server is away, and catches up when it is back', async () => {
    kube.setCarrier(CANARY);
    follow();
    await watching();
    kube.refuseWith(503);
    const before = kube.asked.length;
    await eventually('another attempt', () => kube.asked.length > before);
    kube.setCarrier({ ...CANARY, weight: 50 });
    expect(told).toHaveLength(1);
    kube.refuseWith(undefined);
    await eventually('the weight', () => last()?.weight === 50);
    expect(told).toHaveLength(2);
  });

  it('lists again when its version is gone', async () => {
    kube.setCarrier(CANARY);
    follow();
    await watching();
    kube.compact();
    await eventually('another list', () => kube.asked.filter((path) => path.endsWith('Dcarrier')).length === 2);
    await watching();
    expect(told).toHaveLength(1);
  });

  it('goes on from the version of the last bookmark when a watch ends', async () => {
    follow();
    await watching();
    kube.bookmark('4711');
    await eventually('another watch', () => kube.asked.at(-1)?.includes('resourceVersion=4711'));
    expect(kube.asked.filter((path) => path.endsWith('Dcarrier'))).toHaveLength(1);
    await watching();
    kube.setCarrier(CANARY);
    await eventually('the weight', () => last()?.weight === 10);
  });
});

describe('the champion Service', () => {
  it('is read again with every watch, though the carrier stays as it is', async () => {
    kube.setCarrier(CANARY);
    kube.setChampionHash('aaa');
    follow();
    await watching();
    kube.setChampionHash('bbb');
    kube.bookmark('4711');
    await eventually('the new hash', () => last()?.championHash === 'bbb');
    expect(last()).toMatchObject(CANARY);
  });
});

describe('the carrier', () => {
  it.each([['-1', 0], ['101', 0], ['many', 0], ['', 0], ['0', 0], ['37', 37], ['100', 100]])('weight "%s" is %d percent', (text, weight) => {
    const annotations = { 'recommender.dev/canary-weight': text };
    expect(carrierOf({ metadata: { resourceVersion: '1', annotations } }).weight).toBe(weight);
  });
});
