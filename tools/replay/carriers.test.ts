import { describe, expect, it } from '@jest/globals';
import { weightIn } from './carriers.ts';
import type { Entry } from './entry.ts';

const written = (resource: string, name: string, requestObject: unknown, username = 'system:serviceaccount:argo-rollouts:argo-rollouts'): Entry => ({
  verb: 'update',
  user: { username },
  objectRef: { resource, namespace: 'shop', name },
  requestObject,
  requestReceivedTimestamp: '2026-03-01T10:00:00Z',
  stageTimestamp: '2026-03-01T10:00:01Z',
});
const to = (host: string, weight?: number) => ({ destination: { host }, ...(weight === undefined ? {} : { weight }) });
const routed = (...http: object[]) => weightIn(written('virtualservices', 'books', { spec: { http } }));
const RECOMMEND = { name: 'recommend', route: [to('books', 80), to('books-candidate', 20)] };

describe('the share of users in a write', () => {
  it('is the object, the weight, who wrote it and when', () => {
    const share = { 'recommender.dev/canary-weight': '20', 'recommender.dev/candidate-digest': 'sha256:2' };
    const by = { isByHand: false, at: '2026-03-01T10:00:01Z' };
    expect(weightIn(written('ingresses', 'books-books-canary', { metadata: { annotations: share } }))).toEqual({ carrier: 'shop/books-books-canary (Ingress)', weight: 20, digest: 'sha256:2', ...by });
    expect(routed(RECOMMEND)).toEqual({ carrier: 'shop/books (VirtualService)', weight: 20, digest: '', ...by });
    expect(weightIn(written('virtualservices', 'books', { spec: { http: [RECOMMEND] } }, 'somebody'))).toMatchObject({ weight: 20, isByHand: true });
  });

  it('is nothing where the object carries none, or the write leaves it as it is', () => {
    expect(weightIn(written('services', 'books', {}))).toBeUndefined();
    expect(weightIn({ ...written('ingresses', 'books', {}), objectRef: { resource: 'ingresses', namespace: 'shop', name: 'books', subresource: 'status' } })).toBeUndefined();
    expect(weightIn(written('virtualservices', 'books', { metadata: { labels: {} } }))).not.toHaveProperty('weight');
    expect(weightIn(written('virtualservices', 'books', [{ op: 'remove', path: '/spec' }]))).not.toHaveProperty('weight');
  });

  it('is not taken from the route for testers, nor from one that leads elsewhere', () => {
    expect(routed({ name: 'books-testers', route: [to('books-candidate', 100)] }, { route: [to('shelf', 50), to('till', 50)] }, RECOMMEND)).toMatchObject({ weight: 20 });
    expect(routed({ name: 'books-testers', route: [to('books-candidate', 100)] })).not.toHaveProperty('weight');
  });

  it('is understood where a host has its namespace, and a weight of nothing is left out', () => {
    expect(routed({ route: [to('books.shop.svc.cluster.local', 70), to('books-candidate.shop.svc.cluster.local', 30)] })).toMatchObject({ weight: 30 });
    expect(routed({ route: [to('books', 100), to('books-candidate')] })).toMatchObject({ weight: 0 });
  });
});
