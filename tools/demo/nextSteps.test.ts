import { describe, expect, it } from '@jest/globals';
import { suggestions } from './nextSteps.ts';

const SLOW = { version: '4.0.0', uri: 'http://store.shop.svc.cluster.local:8000/4.0.0/', digest: 'sha256:ce88' };
const commandsFor = (...[where, namespace]: [Parameters<typeof suggestions>[0], string]) =>
  suggestions(where, namespace, SLOW).flatMap(({ commands }) => commands);

describe('what to try next', () => {
  it('begins with what a shell must know of the local cluster, and ends with its end', () => {
    const commands = commandsFor({ cluster: 'Local' }, 'shop');
    expect(commands[0]).toMatch(/^export KUBECONFIG=\//);
    expect(commands.at(-1)).toBe('npm run cluster -- down');
  });

  it('releases another version by a patch that is JSON', () => {
    const patch = commandsFor({ cluster: 'Local' }, 'shop').find((command) => command.includes(' patch '));
    expect(JSON.parse(/-p '(.*)'$/.exec(patch ?? '')?.[1] ?? '')).toEqual({ spec: { release: SLOW } });
  });

  it('names context and namespace in each kubectl command for another cluster', () => {
    const commands = commandsFor({ cluster: 'Other', context: 'my cluster', imagePrefix: 'r/', imageTag: 'v1' }, 'try');
    const kubectl = commands.filter((command) => command.startsWith('kubectl'));
    expect(kubectl.length).toBeGreaterThan(4);
    for (const command of kubectl) expect(command).toMatch(/^kubectl --context 'my cluster' (-n|delete namespace) try/);
  });
});
