import { describe, expect, it } from '@jest/globals';
import type { RecommenderModel } from '../../api/model.ts';
import type { Job } from '../../api/workload.ts';
import { CONFIG, model, NOW, observed, release, version } from '../../testing/builders.ts';
import { plan } from '../plan.ts';

type Storage = RecommenderModel['spec']['serving']['storage'];

const STORE = { secretRef: { name: 'store' } };
const validating = [version('1.0.0', 'Validating')];

/** A model whose bundle lies in S3. */
function inBucket(storage?: Storage): RecommenderModel {
  const { serving } = model('1.0.0').spec;
  const uri = 's3://models/books/1.0.0/';
  return model('1.0.0', { spec: { release: { ...release('1.0.0'), uri }, serving: { ...serving, ...(storage && { storage }) } } });
}

const planned = (desired: RecommenderModel, jobs: Job[] = []) => plan(observed(desired, { versions: validating, jobs, owned: jobs }), CONFIG, NOW);

describe('the validation of a bundle in S3', () => {
  it('is made as the account of the model, which is there before it, unless credentials are given', () => {
    const own = planned(inBucket());
    expect(own.objects.map(({ kind }) => kind).slice(0, 2)).toEqual(['ServiceAccount', 'Job']);
    expect(JSON.stringify(own.objects[1])).toContain('"serviceAccountName":"books-serving"');
    const given = planned(inBucket(STORE));
    expect(given.objects.map(({ kind }) => kind)[0]).toBe('Job');
    expect(JSON.stringify(given.objects[0])).not.toContain('serviceAccountName');
  });

  it('starts anew with a corrected storage, and is not disturbed by anything else', () => {
    const jobs = planned(inBucket({ secretRef: { name: 'stroe' } })).objects.filter(({ kind }) => kind === 'Job') as Job[];
    const corrected = planned(inBucket(STORE), jobs);
    expect([corrected.objects, corrected.prune.map(({ kind }) => kind)]).toEqual([[], ['Job']]);
    const same = planned(inBucket({ secretRef: { name: 'stroe' } }), jobs);
    expect([same.objects.filter(({ kind }) => kind === 'Job'), same.prune]).toEqual([[], []]);
  });
});
