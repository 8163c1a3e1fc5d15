import { describe, expect, it } from '@jest/globals';

import { KubeError } from '../../../operator/kube/errors.ts';
import { annotationValue, fieldManager, defaultVersion, outcomeOf, recordedOutcome } from './acts.ts';
import { orLastKnown } from './ask.ts';
import type { Model, Version } from './seen.ts';

const VALUE = '2.0.0 t0ken the shop is on sale';

const model = (status: NonNullable<Model['status']>, annotation = VALUE): Model => ({
  apiVersion: 'recommender.dev/v1alpha1',
  kind: 'RecommenderModel',
  metadata: { name: 'books', namespace: 'shop', annotations: { 'recommender.dev/promote': annotation } },
  spec: { release: { version: '2.0.0', uri: '', digest: '' } } as Model['spec'],
  status,
});

describe('a manual action', () => {
  it('is written as version, token and reason on one line', () => {
    expect(annotationValue('2.0.0', 't0ken', ' the shop\n is on sale ')).toBe(VALUE);
    expect(annotationValue('2.0.0', 't0ken', undefined)).toBe('2.0.0 t0ken');
    expect(() => annotationValue('2.0.0', 't0ken', 'x'.repeat(401))).toThrow('The reason has 401 characters; at most 400 are allowed.');
  });

  it('names who asked in the field manager, as far as the API server takes it', () => {
    expect(fieldManager('ann@example.org')).toBe('kubectl-recommender/ann@example.org');
    expect(fieldManager('jürgen')).toBe('kubectl-recommender/j?rgen');
    expect(fieldManager('x'.repeat(200))).toHaveLength(128);
    expect(fieldManager(undefined)).toBe('kubectl-recommender');
  });

  it('acts on the candidate, otherwise on the desired version', () => {
    expect(defaultVersion(model({}))).toBe('2.0.0');
    expect(defaultVersion(model({ candidate: { version: '2.1.0', digest: '', since: '' } }))).toBe('2.1.0');
  });

  const answered = (outcome: string, text = VALUE) => ({ act: 'promote', text, by: 'ann', outcome, message: 'So it is.', at: '' });

  it.each<[string, Model, ReturnType<typeof outcomeOf>]>([
    ['waits until it is answered', model({}), { state: 'waiting' }],
    ['waits while another is answered', model({ lastAct: answered('Done', '1.0.0 other') }), { state: 'waiting' }],
    ['is done', model({ lastAct: answered('Done') }), { state: 'done', sentence: 'So it is.' }],
    ['is refused', model({ lastAct: answered('Refused') }), { state: 'refused', sentence: 'So it is.' }],
    ['is under way', model({ lastAct: answered('Underway') }), { state: 'underway', sentence: 'So it is.' }],
    ['was answered along with another act', model({ acts: { promote: VALUE }, lastAct: answered('Done', '1.0.0 other') }), { state: 'overtaken' }],
    ['gave way to a later one', model({}, '2.0.0 later'), { state: 'replaced' }],
  ])('%s', (_, seen, outcome) => {
    expect(outcomeOf(seen, 'promote', VALUE)).toEqual(outcome);
  });
});

describe('an act that another one overtook', () => {
  const record = { at: '', from: 'Challenger', to: 'Challenger', by: 'ann', reason: '2.0.0 was promoted by ann.', act: `promote ${VALUE}` };
  const versions = [{ spec: {}, status: { decisions: [record] } }] as unknown as Version[];

  it('was carried out if a version has it on record', () => {
    expect(recordedOutcome(versions, 'promote', VALUE)).toEqual({ state: 'done', sentence: '2.0.0 was promoted by ann.' });
    expect(recordedOutcome(versions, 'promote', '2.0.0 other')).toMatchObject({ state: 'refused' });
  });
});

describe('looking again', () => {
  const fails = (status: number) => () => Promise.reject(new KubeError({ status, reason: '', message: 'no' }));

  it('tolerates an API server that is away for a while, and nothing else', async () => {
    expect(await orLastKnown(() => Promise.resolve('now'), 'before')).toBe('now');
    expect(await orLastKnown(fails(0), 'before')).toBe('before');
    expect(await orLastKnown(fails(503), 'before')).toBe('before');
    await expect(orLastKnown(fails(403), 'before')).rejects.toThrow('no');
  });
});
