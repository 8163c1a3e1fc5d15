import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { VERSIONS } from '../../../examples/books/versions.ts';
import type { Shop } from '../../testenv/shop.ts';
import { readCrds } from '../../cli/crds/crds.ts';
import { lintText } from '../../cli/lint/lint.ts';
import { blueGreen } from './blueGreen.ts';
import { canary } from './canary.ts';
import { asking } from './plot.ts';
import { shadow } from './shadow.ts';

/** What the shop is asked to apply beside the release when `plot` wishes a version. */
async function specOf({ asked }: typeof canary): Promise<Record<string, unknown>> {
  let spec: Record<string, unknown> = {};
  const shop = { wish: (_: string, more: Record<string, unknown>) => Promise.resolve(void (spec = more)) } as unknown as Shop;
  await asking(shop, asked).wish('1.0.0');
  return spec;
}

describe.each(Object.entries({ canary, blueGreen, shadow }))('the plot of %s', (_, plot) => {
  it('asks for what a cluster would take', async () => {
    const release = { version: '1.0.0', uri: 'http://store.shop.svc.cluster.local/1.0.0/', digest: `sha256:${'0123456789abcdef'.repeat(4)}` };
    const model = { apiVersion: 'recommender.dev/v1alpha1', kind: 'RecommenderModel', metadata: { name: 'books' }, spec: { release, ...(await specOf(plot)) } };
    const { findings, checked } = lintText(stringify(model), readCrds());
    expect([checked, findings.filter(({ isAdvice }) => !isAdvice)]).toEqual([['RecommenderModel books'], []]);
  });

  it('begins with a version that is trained, whose figures it shows', () => {
    expect(plot.trained).toContain(plot.first);
    expect(VERSIONS.map(({ version }) => version)).toEqual(expect.arrayContaining([...plot.trained]));
  });
});

it('keeps the quick steps of the shop beside what a plot asks for', async () => {
  const { delivery, analysis } = await specOf(shadow);
  expect(delivery).toMatchObject({ strategy: 'Shadow', canary: { steps: [{ weight: 10 }, { weight: 50 }] }, after: { watchFor: '0s' } });
  expect(analysis).toMatchObject({ minRequests: 40, shadow: { minOverlap: '0.6' } });
});
