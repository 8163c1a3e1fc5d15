import { describe, expect, it } from '@jest/globals';
import type { KubernetesObject } from '../../api/objects.ts';
import { model, observed, version } from '../../testing/builders.ts';
import { planned } from '../../testing/planned.ts';
import { ownedMeta } from './owned.ts';

const desired = model('1.0.0');
const account = (more: Partial<KubernetesObject['metadata']>): KubernetesObject => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'books-serving', namespace: 'shop', ...more } });
const withAccount = (found?: KubernetesObject) => planned(observed(desired, { versions: [version('1.0.0', 'Champion')], ...(found ? { account: found } : {}) }));
const accounts = ({ objects }: ReturnType<typeof planned>) => objects.filter(({ kind }) => kind === 'ServiceAccount').length;
const reconciled = ({ status }: ReturnType<typeof planned>) => status.conditions?.find(({ type }) => type === 'Reconciled');

describe('the ServiceAccount of the serving pods', () => {
  it('is made, and made again by an earlier life of the model', () => {
    expect(accounts(withAccount())).toBe(1);
    expect(accounts(withAccount(account(ownedMeta({ ...desired, metadata: { ...desired.metadata, uid: 'earlier' } }, 'books-serving'))))).toBe(1);
  });

  it.each([
    ['somebody made', {}],
    ['somebody took back by removing the owner', { labels: ownedMeta(desired, '').labels ?? {} }],
    ['another model owns', ownedMeta({ ...desired, metadata: { ...desired.metadata, name: 'films' } }, 'books-serving')],
  ])('that %s is used as it is, and the condition says so', (_, metadata) => {
    const plan = withAccount(account(metadata));
    expect(accounts(plan)).toBe(0);
    expect(JSON.stringify(plan.objects)).toContain('"serviceAccountName":"books-serving"');
    expect(reconciled(plan)).toMatchObject({ status: 'True', reason: 'AccountOfOthers', message: expect.stringContaining('books-serving') });
  });
});
