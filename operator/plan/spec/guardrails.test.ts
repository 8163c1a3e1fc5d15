import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { model } from '../../testing/builders.ts';
import { measuresOf } from '../state/verdicts.ts';
import { ACTIVE_USERS } from './guardrails.ts';
import { watchGuardrails } from './watchGuardrails.ts';

const STRATEGIES = ['Canary', 'BlueGreen', 'Shadow'] as const;
const ALL_LIMITS = { minOverlap: '0.1', minRankBiasedOverlap: '0.1', minCoverage: '0.1', maxScoreDrift: '0.1' };
const builtIn = (strategy: (typeof STRATEGIES)[number]) => {
  const { delivery, analysis } = model('2.0.0').spec;
  const desired = model('2.0.0', { spec: { delivery: { ...delivery, strategy }, analysis: { ...analysis, shadow: ALL_LIMITS } } });
  return [...measuresOf(desired), ...watchGuardrails(desired, { version: '1.0.0', until: 0 })].map(({ name }) => name);
};
const names = [...new Set([...STRATEGIES.flatMap(builtIn), ACTIVE_USERS.name])];

describe('the name of a custom guardrail', () => {
  // Two of one name in a run or in the status are refused by the API server, and with them all that is written there.
  it.each(names)('must not be %s, which is a built-in one', (name) => {
    const schema = readFileSync('crds/recommendermodels.yaml', 'utf8');
    const reserved = /!\(self\.name in \[([^\]]*)\]\)/.exec(schema)?.[1]?.split(', ') ?? [];
    const prefix = /!self\.name\.startsWith\('([^']*)'\)/.exec(schema)?.[1];
    expect(reserved.includes(`'${name}'`) || (prefix !== undefined && name.startsWith(prefix))).toBe(true);
  });
});
