import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Environment } from '@marcbachmann/cel-js';
import { parseAllDocuments } from 'yaml';
import type { RecommenderModel } from '../../../operator/api/model.ts';
import { WAITING } from '../../../operator/testing/waiting.ts';

/**
 * The rules of kstatus for a kind that it does not know: `Compute` in sigs.k8s.io/cli-utils v0.37.2, pkg/kstatus/status, and the
 * same in github.com/fluxcd/cli-utils v1.2.2, which Flux and Helm 4 use.
 */
function kstatus({ metadata, status }: RecommenderModel): 'InProgress' | 'Current' | 'Failed' {
  const { observedGeneration = metadata.generation, conditions = [] } = status ?? {};
  if (observedGeneration !== metadata.generation) return 'InProgress';
  const decisive = conditions.find((each) => each.status === 'True' && (each.type === 'Reconciling' || each.type === 'Stalled'));
  if (decisive) return decisive.type === 'Reconciling' ? 'InProgress' : 'Failed';
  return conditions.some(({ type, status: is }) => type === 'Ready' && is !== 'True') ? 'InProgress' : 'Current';
}

interface Kustomization {
  kind: string;
  spec: { healthCheckExprs: { failed: string; current: string }[] };
}

const page = readFileSync(new URL('../../../docs/releasing/gitops.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].flatMap(([, text = '']) => parseAllDocuments(text).map((each) => each.toJS() as Kustomization));
const expressions = blocks.find(({ kind }) => kind === 'Kustomization')?.spec.healthCheckExprs[0] ?? { failed: '', current: '' };
const cel = new Environment({ unlistedVariablesAreDyn: true });

/** By the order of Flux: generation, failed, current, otherwise in progress. */
function flux({ metadata, spec, status = {} }: RecommenderModel): 'InProgress' | 'Current' | 'Failed' {
  if (status.observedGeneration !== metadata.generation) return 'InProgress';
  const holds = (expression: string) => cel.evaluate(expression, { metadata, spec, status });
  if (holds(expressions.failed) === true) return 'Failed';
  return holds(expressions.current) === true ? 'Current' : 'InProgress';
}

describe('a tool that waits', () => {
  it.each(WAITING)('takes a model that %s for what it is, by kstatus', (_, model, { kstatus: expected }) => {
    expect(kstatus(model)).toBe(expected);
  });

  it.each(WAITING)('takes a model that %s for the same by the expressions for Flux, but does not wait for an approval', (_, model, { kstatus: expected }) => {
    expect(flux(model)).toBe(model.status?.phase === 'AwaitingApproval' ? 'Current' : expected);
  });
});
