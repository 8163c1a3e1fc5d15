import { describe, expect, it } from '@jest/globals';
import type { Kind, KubernetesObject } from '../api/objects.ts';
import { createStore, type Store } from '../kube/store.ts';
import { model, version } from '../testing/builders.ts';
import { modelsOf, observe, WATCHED } from './world.ts';

const named = (name: string, group?: string, namespace = 'shop'): KubernetesObject => {
  const { metadata, spec, ...rest } = model('1.0.0');
  return { ...rest, metadata: { ...metadata, name, namespace, resourceVersion: '1' }, spec: { ...spec, ...(group === undefined ? {} : { group }) } };
};

/** Caches as the operator keeps them, and the keys that their changes add to its queue. */
function world(...objects: KubernetesObject[]) {
  const stores = new Map<Kind, Store>(WATCHED.map(({ kind, indexes }) => [kind, createStore({ indexes: indexes ?? {} })]));
  const source = { storeOf: (kind: Kind) => stores.get(kind)!, missing: () => [] };
  const queued = new Set<string>();
  for (const { kind, keysOf } of WATCHED) {
    source.storeOf(kind).onChange(({ before, after }) => {
      const changed = [before, after].flatMap((each) => (each ? keysOf(each) : []));
      for (const key of changed.flatMap((each) => modelsOf(source, each))) queued.add(key);
    });
  }
  const put = (object: KubernetesObject) => source.storeOf(WATCHED.find(({ kind }) => kind.kind === object.kind)!.kind).upsert(object);
  for (const each of objects) put(each);
  /** Keys that are queued for a change. */
  const after = (object: KubernetesObject): string[] => {
    queued.clear();
    put(object);
    return [...queued].toSorted();
  };
  return { source, after };
}

const MODELS = [named('retriever', 'home'), named('ranker', 'home'), named('books'), named('ranker', 'home', 'other')];

describe('the models of a group', () => {
  it('see each other, one step deep, and nobody of another namespace', () => {
    const { source } = world(...MODELS);
    const seen = observe(source, 'shop/ranker');
    expect(seen?.peers.map(({ model: { metadata }, peers }) => [metadata.name, peers])).toEqual([['retriever', []]]);
    expect(observe(source, 'shop/books')?.peers).toEqual([]);
  });

  it('are all looked at again when anything of one changes', () => {
    const { after } = world(...MODELS);
    const candidate = version('2.0.0', 'Challenger');
    expect(after({ ...candidate, metadata: { ...candidate.metadata, resourceVersion: '2' }, spec: { ...candidate.spec, model: 'ranker' } })).toEqual(['shop/ranker', 'shop/retriever']);
    expect(after({ ...candidate, metadata: { ...candidate.metadata, name: 'x', resourceVersion: '2' }, spec: { ...candidate.spec, model: 'books' } })).toEqual(['shop/books']);
  });

  it('hear of one that leaves them, and of one that goes over to others', () => {
    const { after } = world(...MODELS, named('filter', 'work'));
    const moved = named('ranker', 'work');
    expect(after({ ...moved, metadata: { ...moved.metadata, resourceVersion: '2' } })).toEqual(['shop/filter', 'shop/ranker', 'shop/retriever']);
  });
});
