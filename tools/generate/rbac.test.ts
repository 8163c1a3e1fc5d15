import { describe, expect, it } from '@jest/globals';
import { KINDS } from '../../operator/api/kinds.ts';
import { accessObjects } from '../../operator/plan/objects/access.ts';
import { model, observed } from '../../operator/testing/builders.ts';
import { LEASE_RULES, modelRules, type Rule } from './rbac.ts';

const rules = modelRules();

/** Verbs held for a resource; a rule that is limited to names gives nothing in general. */
const verbsFor = (group: string, resource: string): string[] =>
  rules
    .filter((rule) => !rule.resourceNames && rule.apiGroups.includes(group) && rule.resources.includes(resource))
    .flatMap((rule) => rule.verbs);

describe('the permissions of the operator', () => {
  it('read a kind it does not own and write nothing of it', () => {
    expect(verbsFor('', 'pods')).toEqual(['get', 'list', 'watch']);
    expect(verbsFor('recommender.dev', 'recommendermodels')).toEqual(['get', 'list', 'watch']);
    expect(verbsFor('recommender.dev', 'recommendermodels/status')).toEqual(['patch']);
  });

  it('create and patch a kind it owns, and delete it only where the table says so', () => {
    expect(verbsFor('argoproj.io', 'rollouts')).toEqual(['get', 'list', 'watch', 'create', 'patch']);
    expect(verbsFor('batch', 'jobs')).toContain('delete');
    const deletable = Object.values(KINDS).filter((kind: { verbs?: readonly string[] }) => kind.verbs?.includes('delete'));
    expect(rules.flatMap((rule) => (rule.verbs.includes('delete') ? rule.resources : [])).toSorted()).toEqual(
      deletable.map((kind) => kind.plural).toSorted(),
    );
  });

  it('say nothing of Secrets, wildcards, escalate, bind or impersonate', () => {
    const words = new Set([...rules, ...LEASE_RULES].flatMap((rule) => [...rule.apiGroups, ...rule.resources, ...rule.verbs]));
    for (const word of ['*', 'secrets', 'escalate', 'bind', 'impersonate', 'nodes']) expect(words).not.toContain(word);
  });

  it('cover whatever the operator grants to serving pods, or the API server would refuse the grant', () => {
    const role = accessObjects(observed(model('1.0.0'))).find((object) => object.kind === 'Role');
    const granted = role?.rules as Rule[];
    expect(granted.length).toBeGreaterThan(0);
    for (const { apiGroups, resources, verbs } of granted) {
      for (const group of apiGroups) {
        for (const resource of resources) expect(verbsFor(group, resource)).toEqual(expect.arrayContaining(verbs));
      }
    }
  });

  it('limit the Lease by name, but for its creation', () => {
    for (const rule of LEASE_RULES) {
      expect(rule.resourceNames ?? rule.verbs).toEqual(rule.resourceNames ? ['recommender-operator'] : ['create']);
    }
  });
});
