import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { KubernetesObject } from '../api/objects.ts';
import { APPLIED, driftOf, hashOf, isLastApplied, needsApply, stamp } from './drift.ts';
import { configMap } from './testing.ts';

const DESIRED = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'books', namespace: 'shop', labels: { app: 'books' } },
  spec: {
    replicas: 2,
    template: {
      spec: { containers: [{ name: 'serving', image: 'x', resources: { requests: { cpu: '1000m', memory: '1Gi' } } }] },
    },
  },
} satisfies KubernetesObject;

/** What the server makes of it: spelled otherwise, with defaults and with other managers' fields. */
function live(change: (object: Live) => void = () => undefined): KubernetesObject {
  const object = structuredClone(stamp(DESIRED)) as unknown as Live;
  object.metadata.labels['someone'] = 'else';
  object.spec['revisionHistoryLimit'] = 10;
  const container = object.spec.template.spec.containers[0];
  if (container !== undefined) {
    container['terminationMessagePath'] = '/dev/termination-log';
    container['resources'] = { requests: { cpu: '1', memory: '1024Mi' } };
  }
  change(object);
  return object as unknown as KubernetesObject;
}

type Live = {
  metadata: { labels: Record<string, string>; annotations: Record<string, string> };
  spec: { replicas?: number; template: { spec: { containers: Record<string, unknown>[] } } } & Record<string, unknown>;
};

describe('different', () => {
  it('sees no difference in defaults, other managers’ fields and other spellings of a quantity', () => {
    expect(driftOf(DESIRED, live())).toBeUndefined();
    expect(needsApply(DESIRED, live())).toBe(false);
    expect(needsApply(stamp(DESIRED), live())).toBe(false);
  });

  it('asks for nothing new of an object by naming its uid', () => {
    const created = live((object) => Object.assign(object.metadata, { uid: 'one' }));
    const named = (uid: string) => ({ ...DESIRED, metadata: { ...DESIRED.metadata, uid } });
    expect(needsApply(named('one'), created)).toBe(false);
    expect(needsApply(named('another'), created)).toBe(true);
  });

  it('asks for nothing new of a Service that Argo Rollouts has given other pods, but for what was taken from it', () => {
    const service = (selector: Record<string, string>, resourceVersion: string) => ({ ...DESIRED, kind: 'Service', metadata: { ...DESIRED.metadata, resourceVersion }, spec: { selector } });
    const of = (hash: string, resourceVersion: string) => service({ app: 'books', 'rollouts-pod-template-hash': hash }, resourceVersion);
    expect(hashOf(of('new', '2'))).toBe(hashOf(service({ app: 'books' }, '1')));
    expect(needsApply(of('new', '2'), { ...stamp(of('old', '1')), spec: of('new', '2').spec })).toBe(false);
    expect(needsApply(of('new', '2'), stamp(service({ app: 'books' }, '1')))).toBe(true);
  });

  it('sees that something else was applied last, even if every field is there', () => {
    const { replicas: _dropped, ...spec } = DESIRED.spec;
    expect(needsApply({ ...DESIRED, spec }, live())).toBe(true);
  });

  it('sees a label that somebody added to a selector: it is one field, and would select nothing', () => {
    const service = (selector: object) => ({ ...DESIRED, kind: 'Service', spec: { selector } });
    expect(driftOf(service({ app: 'books' }), service({ app: 'books', more: 'x' }))).toBe('.spec.selector');
    expect(driftOf(service({ app: 'books' }), service({ app: 'books' }))).toBeUndefined();
  });

  it('tells an edited object from one that is wanted otherwise by now, however many replicas it has', () => {
    const edited = live((object) => void (object.spec.template.spec.containers[0] = { name: 'serving', image: 'mine' }));
    const scaled = { ...DESIRED, spec: { ...DESIRED.spec, replicas: 5 } };
    const wanted = { ...DESIRED, spec: { ...DESIRED.spec, paused: true } };
    expect([DESIRED, scaled, wanted].map((each) => isLastApplied(each, edited))).toEqual([true, true, false]);
  });

  it('sees an object that was never stamped', () => {
    const bare = { ...live(), metadata: DESIRED.metadata };
    expect(needsApply(DESIRED, bare)).toBe(true);
  });

  it.each<[string, (object: Live) => void, string]>([
    ['a changed value', (o) => (o.spec.replicas = 3), '.spec.replicas'],
    ['a removed value', (o) => delete o.spec.replicas, '.spec.replicas'],
    ['a changed label', (o) => (o.metadata.labels['app'] = 'x'), '.metadata.labels.app'],
    ['a further list member', (o) => o.spec.template.spec.containers.push({ name: 'spy' }), '.spec.template.spec.containers'],
    ['a changed list member', (o) => (o.spec.template.spec.containers[0] = { name: 'serving', image: 'y' }), '.spec.template.spec.containers[0].image'],
    [
      'another quantity',
      (o) => (o.spec.template.spec.containers[0] = { name: 'serving', image: 'x', resources: { requests: { cpu: '2', memory: '1Gi' } } }),
      '.spec.template.spec.containers[0].resources.requests.cpu',
    ],
  ])('sees %s', (_what, change, path) => {
    expect(driftOf(DESIRED, live(change))).toBe(path);
    expect(needsApply(DESIRED, live(change))).toBe(true);
  });

  it('takes quantities as such only where the API does', () => {
    expect(driftOf(configMap('a', { data: { version: '1.0' } }), configMap('a', { data: { version: '1' } }))).toBe('.data.version');
  });

  it('takes {}, [] and null for absent, but not false, 0 and the empty string', () => {
    const desired = (value: unknown) => configMap('a', { data: { value } });
    const bare = configMap('a', { data: {} });
    for (const value of [{}, [], null, undefined]) expect(driftOf(desired(value), bare)).toBeUndefined();
    for (const value of [false, 0, '']) expect(driftOf(desired(value), bare)).toBe('.data.value');
  });

  it('lets others add finalizers and owners', () => {
    const desired = configMap('a', { finalizers: ['ours'] });
    expect(driftOf(desired, configMap('a', { finalizers: ['theirs', 'ours'] }))).toBeUndefined();
    expect(driftOf(desired, configMap('a', { finalizers: ['theirs'] }))).toBe('.metadata.finalizers');
  });

  it('does not look at status', () => {
    expect(hashOf({ ...DESIRED, status: { phase: 'x' } })).toBe(hashOf(DESIRED));
    expect(driftOf({ ...DESIRED, status: { phase: 'x' } }, live())).toBeUndefined();
  });
});

describe('different, whatever the object', () => {
  const poison = fc.constantFrom('__proto__', 'constructor', 'toString', 'ünïcödé', '');
  const json = fc.jsonValue({ maxDepth: 4 });
  const data = fc.dictionary(fc.oneof(poison, fc.string()), json);

  it('sees no difference between an object and its stamped copy, and keys do not depend on order', () => {
    fc.assert(
      fc.property(data, (given) => {
        const desired = configMap('a', { data: given });
        const reordered = configMap('a', { data: Object.fromEntries(Object.entries(given).reverse()) });
        const copy = JSON.parse(JSON.stringify(stamp(desired))) as KubernetesObject;
        expect(needsApply(desired, copy)).toBe(false);
        expect(hashOf(reordered)).toBe(hashOf(desired));
        expect(stamp(stamp(desired)).metadata.annotations?.[APPLIED]).toBe(hashOf(desired));
      }),
    );
  });

  it('sees every changed leaf', () => {
    fc.assert(
      fc.property(data, fc.string({ minLength: 1 }), (given, key) => {
        const desired = configMap('a', { data: { ...given, [key]: 'one' } });
        const changed = configMap('a', { data: { ...given, [key]: 'two' } });
        expect(driftOf(desired, changed)).toBe(`.data.${key}`);
      }),
    );
  });
});
