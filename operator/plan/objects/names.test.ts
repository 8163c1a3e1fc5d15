import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { model, observed, release, CONFIG, version } from '../../testing/builders.ts';
import { planned } from '../../testing/planned.ts';
import type { RecommenderModel } from '../../api/model.ts';
import { namesOf, shortDigest } from '../../api/names.ts';
import type { KubernetesObject } from '../../api/objects.ts';
import { validationJob } from './validationJob.ts';

type Delivery = RecommenderModel['spec']['delivery'];

/** Everything that is made for a model, whatever its strategy and router. */
function everything(): KubernetesObject[] {
  const { serving, delivery } = model('1.0.0').spec;
  const desired = (change: Partial<Delivery>) =>
    model('1.0.0', { spec: { serving: { ...serving, replicas: { min: 2, max: 4 } }, delivery: { ...delivery, after: { ...delivery.after, watchFor: '1h' }, ...change } } });
  const routers: Delivery['router'][] = [{ type: 'BuiltIn' }, { type: 'Nginx', nginx: { host: 'books.example.org' } }, { type: 'Istio' }, { type: 'None' }];
  const models = [...routers.map((router) => desired({ router })), desired({ strategy: 'BlueGreen' }), desired({ strategy: 'Shadow' })];
  const decisions = [{ at: '2026-03-01T11:59:00Z', from: 'Challenger', to: 'Champion', by: 'recommender-operator', rule: 'PromotedByHand', reason: '1.0.0 was promoted. It serves.' }] as const;
  const champion = version('1.0.0', 'Champion', { championSince: '2026-03-01T11:59:00Z', decisions: [...decisions] });
  return [
    ...models.flatMap((each) => [...planned(observed(each, { versions: [champion] })).objects, ...planned(observed(each)).objects]),
    validationJob(model('1.0.0'), release('1.0.0'), CONFIG),
  ];
}

/** `Kind NAME…` of each row of the table; whatever differs from object to object in capitals. */
function documented(): string[] {
  const [, section = ''] = readFileSync('docs/operating.md', 'utf8').split('\n## Objects of a model\n');
  const rows = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| ([A-Z][\w, ]*) \| (.*) \|$/gm)];
  return rows.flatMap(([, kinds = '', names = '']) =>
    kinds.split(', ').flatMap((kind) => [...names.matchAll(/`(NAME[^`]*)`/g)].map(([, name = '']) => `${kind} ${name}`)));
}

describe('the names that a model takes', () => {
  it('are all in the documentation, and no others', () => {
    const general = (name: string) =>
      name.replace(/^books/, 'NAME').replace(/-watch-\d+$/, '-watch-TIME').replace('1.0.0', 'VERSION').replace(shortDigest(release('1.0.0').digest), 'DIGEST');
    const made = everything().map(({ kind, metadata }) => `${kind} ${general(metadata.name)}`);
    const carrier = `Ingress ${namesOf('NAME').carrierIngress}`;
    expect([...new Set([...made, carrier])].toSorted()).toEqual([...new Set(documented())].toSorted());
  });
});
