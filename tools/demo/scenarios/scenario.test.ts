import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { VERSIONS } from '../../../examples/books/versions.ts';
import { readCrds } from '../../cli/crds/crds.ts';
import { lintText } from '../../cli/lint/lint.ts';
import type { Environment } from '../../testenv/environment.ts';
import { blueGreen } from './blueGreen.ts';
import { canary } from './canary.ts';
import { type Scenario, withSpec } from './scenario.ts';
import { shadow } from './shadow.ts';

/** What is applied beside the release. */
async function specOf({ spec }: Scenario): Promise<Record<string, unknown>> {
  let applied: Record<string, unknown> = {};
  const environment = { apply: (_: string, more: Record<string, unknown>) => Promise.resolve(void (applied = more)) } as unknown as Environment;
  await withSpec(environment, spec).apply('1.0.0');
  return applied;
}

describe.each(Object.entries({ canary, blueGreen, shadow }))('the scenario of %s', (_, scenario) => {
  it('asks for what a cluster would take', async () => {
    const release = { version: '1.0.0', uri: 'http://store.shop.svc.cluster.local/1.0.0/', digest: `sha256:${'0123456789abcdef'.repeat(4)}` };
    const model = { apiVersion: 'recommender.dev/v1alpha1', kind: 'RecommenderModel', metadata: { name: 'books' }, spec: { release, ...(await specOf(scenario)) } };
    const { findings, checked } = lintText(stringify(model), readCrds());
    expect([checked, findings.filter(({ isAdvice }) => !isAdvice)]).toEqual([['RecommenderModel books'], []]);
  });

  it('begins with a version that is trained, whose figures it shows', () => {
    expect(scenario.trained).toContain(scenario.first);
    expect(VERSIONS.map(({ version }) => version)).toEqual(expect.arrayContaining([...scenario.trained]));
  });
});

it('keeps the quick steps beside what a scenario adds', async () => {
  const { delivery, analysis } = await specOf(shadow);
  expect(delivery).toMatchObject({ strategy: 'Shadow', canary: { steps: [{ weight: 10 }, { weight: 50 }] }, after: { watchFor: '0s' } });
  expect(analysis).toMatchObject({ minRequests: 40, shadow: { minOverlap: '0.6' } });
});
