import { describe, expect, it } from '@jest/globals';
import type { Service } from '../../api/workload.ts';
import { model, observed, rollout } from '../../testing/builders.ts';
import { networkObjects } from './network.ts';

const NARROWED = { 'argo-rollouts.argoproj.io/managed-by-rollouts': 'books' };
const onTheWay = rollout('2.0.0', { stable: '1.0.0' });

function selectorOf(name: string, live: Pick<Service['metadata'], 'annotations'> & { selector: Record<string, string> } | undefined, router: 'BuiltIn' | 'None' = 'BuiltIn') {
  const desired = model('2.0.0', { spec: { delivery: { ...model('2.0.0').spec.delivery, router: { type: router } } } });
  const services: Service[] = live ? [{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop', annotations: live.annotations ?? {} }, spec: { selector: live.selector } }] : [];
  const found = networkObjects(observed(desired, { rollout: onTheWay, services })).find(({ kind, metadata }) => kind === 'Service' && metadata.name === name);
  return (found?.['spec'] as { selector: Record<string, string> }).selector['rollouts-pod-template-hash'];
}

describe('the selector of a Service', () => {
  it('follows the hash that Argo Rollouts put there', () => {
    expect(selectorOf('books', { annotations: NARROWED, selector: { 'rollouts-pod-template-hash': 'hash-1.0.0' } })).toBe('hash-1.0.0');
  });

  it('is not narrowed before Argo Rollouts has done so once', () => {
    expect(selectorOf('books', { selector: {} })).toBeUndefined();
  });

  it('gets back the hash that somebody took away: without it champion pods would be candidate pods too', () => {
    const bare = { annotations: NARROWED, selector: { app: 'other' } };
    expect([selectorOf('books', bare), selectorOf('books-candidate', bare)]).toEqual(['hash-1.0.0', 'hash-2.0.0']);
    expect([selectorOf('books', undefined), selectorOf('books-candidate', undefined)]).toEqual(['hash-1.0.0', 'hash-2.0.0']);
    expect(selectorOf('books', bare, 'None')).toBeUndefined();
  });
});
