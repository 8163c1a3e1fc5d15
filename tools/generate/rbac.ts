import { API_GROUP, KINDS } from '../../operator/api/kinds.ts';
import { MANAGER } from '../../operator/api/names.ts';

/** One rule of a Role or ClusterRole. */
export interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/** The columns of the table of kinds that permissions follow from. */
interface Row {
  apiVersion: string;
  plural: string;
  owned: boolean;
  verbs?: readonly string[];
  subresources?: readonly string[];
}

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'patch'];

/**
 * Permissions in the namespaces that are watched: read every kind of the table, write the owned ones. The Role that the
 * operator gives each model's pods needs no further rule: it grants reads of kinds that the operator reads itself,
 * and the API server lets nobody grant more than they hold.
 */
export function modelRules(kinds: readonly Row[] = Object.values(KINDS)): Rule[] {
  return [...kinds.flatMap(rulesOfKind).reduce<Rule[]>(mergeAlike, []), ...MORE];
}

/** Permissions in the operator's own namespace: its one Lease. A name cannot limit `create`, because it is not known yet. */
export const LEASE_RULES: Rule[] = [
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: [MANAGER], verbs: ['get', 'update'] },
];

const MORE: Rule[] = [
  // Where OwnerReferencesPermissionEnforcement is on, only who may do this can make an owned object block its owner.
  { apiGroups: [API_GROUP], resources: ['recommendermodels/finalizers'], verbs: ['update'] },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: WRITE },
  // The Leases of other installations, which may manage the same models.
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: [MANAGER], verbs: ['list'] },
];

function rulesOfKind({ apiVersion, plural, owned, verbs = [], subresources = [] }: Row): Rule[] {
  const apiGroups = [apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''];
  return [
    { apiGroups, resources: [plural], verbs: [...READ, ...(owned ? WRITE : []), ...verbs] },
    ...subresources.map((name) => ({ apiGroups, resources: [`${plural}/${name}`], verbs: ['patch'] })),
  ];
}

/** Joins a rule to one of the same group and verbs, so that the list reads by what may be done. */
function mergeAlike(rules: Rule[], next: Rule): Rule[] {
  const like = (rule: Rule): boolean =>
    String(rule.apiGroups) === String(next.apiGroups) && String(rule.verbs) === String(next.verbs);
  const found = rules.find(like);
  return found
    ? rules.map((rule) => (rule === found ? { ...rule, resources: [...rule.resources, ...next.resources] } : rule))
    : [...rules, next];
}
