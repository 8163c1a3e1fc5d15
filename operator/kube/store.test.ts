import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createStore, type IndexOf } from './store.ts';
import { configMap } from './testing.ts';

const at = (name: string, version: number, more = {}) => configMap(name, { resourceVersion: String(version), ...more });

describe('store', () => {
  it('keeps the newest version, whichever way the news comes in', () => {
    const store = createStore();
    store.upsert(at('a', 9));
    store.upsert(at('a', 10));
    store.upsert(at('a', 9));
    expect(store.get('shop/a')?.metadata.resourceVersion).toBe('10');
  });

  it('compares versions beyond 2^53 as numbers', () => {
    const store = createStore();
    store.upsert(configMap('a', { resourceVersion: '9007199254740993' }));
    store.upsert(configMap('a', { resourceVersion: '9007199254740992' }));
    expect(store.get('shop/a')?.metadata.resourceVersion).toBe('9007199254740993');
  });

  it('does not let late news of a deleted object bring it back', () => {
    const store = createStore();
    store.upsert(at('a', 5));
    store.remove(at('a', 7));
    store.upsert(at('a', 6));
    expect(store.get('shop/a')).toBeUndefined();
  });

  it('takes back an object that a selector missed for a while', () => {
    const store = createStore();
    store.upsert(at('a', 5));
    store.remove(at('a', 7));
    store.upsert(at('a', 8));
    expect(store.get('shop/a')?.metadata.resourceVersion).toBe('8');
  });

  it('never takes back an incarnation that the server said it deleted', () => {
    const store = createStore();
    store.upsert(at('a', 5));
    store.bury(at('a', 5));
    store.upsert(at('a', 6));
    expect(store.get('shop/a')).toBeUndefined();
    store.upsert(at('a', 9, { uid: 'another' }));
    expect(store.get('shop/a')?.metadata.uid).toBe('another');
  });

  it('takes an object that was made anew under the same name', () => {
    const store = createStore();
    store.upsert(at('a', 5));
    store.remove(at('a', 7));
    store.upsert(at('a', 8, { uid: 'another' }));
    expect(store.get('shop/a')?.metadata.uid).toBe('another');
  });

  it('does not delete the new object on late news of the old one', () => {
    const store = createStore();
    store.upsert(at('a', 8, { uid: 'new' }));
    store.remove(at('a', 7, { uid: 'old' }));
    expect(store.get('shop/a')?.metadata.uid).toBe('new');
  });

  it('deletes what a list lacks, but not what was written after the list', () => {
    const store = createStore();
    const changes: string[] = [];
    store.upsert(at('gone', 3));
    store.upsert(at('kept', 4));
    store.upsert(at('written since', 12));
    store.onChange(({ before, after }) => changes.push(`${before?.metadata.name ?? '-'} → ${after?.metadata.name ?? '-'}`));
    store.replace([at('kept', 4), at('new', 6)], '10');
    expect(store.all().map(({ metadata }) => metadata.name).sort()).toEqual(['kept', 'new', 'written since']);
    expect(changes).toEqual(['gone → -', '- → new']);
  });

  it('takes a list as it is when the history was rewritten', () => {
    const store = createStore();
    store.replace([at('a', 90), at('b', 91)], '100');
    store.replace([at('a', 40)], '50');
    expect(store.all().map(({ metadata }) => metadata.resourceVersion)).toEqual(['40']);
  });

  it('finds objects by owner and by label, also after they changed', () => {
    const owner: IndexOf = ({ metadata }) => (metadata.ownerReferences ?? []).map(({ uid }) => uid);
    const team: IndexOf = ({ metadata }) => [metadata.labels?.['team']].filter((each) => each !== undefined);
    const store = createStore({ indexes: { owner, team } });
    const owned = (uid: string) => ({ ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid }] });
    store.upsert(at('a', 1, { ...owned('1'), labels: { team: 'x' } }));
    store.upsert(at('b', 2, owned('1')));
    store.upsert(at('b', 3, owned('2')));
    const names = (index: string, value: string) => store.byIndex(index, value).map(({ metadata }) => metadata.name);
    expect(names('owner', '1')).toEqual(['a']);
    expect(names('owner', '2')).toEqual(['b']);
    expect(names('team', 'x')).toEqual(['a']);
    store.remove(at('a', 4));
    expect(names('owner', '1')).toEqual([]);
    expect(() => store.byIndex('colour', 'x')).toThrow('no index "colour"');
  });

  it('hands out objects that cannot be changed', () => {
    const store = createStore();
    store.upsert(configMap('a', { data: { list: [{ deep: 1 }] } }));
    const { list } = store.get('shop/a')?.['data'] as { list: { deep: number }[] };
    expect(() => list.push({ deep: 2 })).toThrow(TypeError);
    expect(Object.isFrozen(list[0])).toBe(true);
  });

  it('survives a listener that throws, and tells the others', () => {
    const errors: unknown[] = [];
    const store = createStore({ onError: (error) => errors.push(error) });
    let heard = 0;
    store.onChange(() => {
      throw new Error('poison');
    });
    store.onChange(() => heard++);
    store.upsert(at('a', 1));
    expect([errors.length, heard, store.size]).toEqual([1, 1, 1]);
  });

  it('ends with the newest state whatever the order of the news', () => {
    const versions = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(versions, fc.boolean(), (order, deletedLast) => {
        const store = createStore();
        const last = Math.max(...order);
        for (const version of order) {
          if (deletedLast && version === last) store.remove(at('a', version));
          else store.upsert(at('a', version));
        }
        expect(store.get('shop/a')?.metadata.resourceVersion).toBe(deletedLast ? undefined : String(last));
      }),
    );
  });
});
