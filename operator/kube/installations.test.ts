import { describe, expect, it } from '@jest/globals';
import { type Installation, managerOf } from './installations.ts';

const central: Installation = { namespace: 'ops', watches: '*', since: '2026-01-01T00:00:00Z' };
const copy: Installation = { namespace: 'team', watches: '*', since: '2026-02-01T00:00:00Z' };
const teams: Installation = { namespace: 'team', watches: 'shop', since: '2026-02-01T00:00:00Z' };

describe('the models of a namespace', () => {
  it.each<[string, string, Installation, Installation[], Installation | undefined]>([
    ['are ours if nobody else is there', 'shop', central, [], undefined],
    ['are left to the older of two for all namespaces', 'shop', copy, [central], central],
    ['are ours if we are the older', 'shop', central, [copy], undefined],
    ['are left to the one for this very namespace, though it is younger', 'shop', central, [teams], teams],
    ['are ours if we are that one', 'shop', teams, [central], undefined],
    ['are ours if the other watches another namespace', 'staging', central, [teams], undefined],
    ['are left to the other if our own age cannot be read', 'shop', { namespace: 'b', watches: 'shop' }, [{ ...teams, namespace: 'shop' }], { ...teams, namespace: 'shop' }],
    ['are ours by the name of our namespace if both are of one second', 'shop', { ...copy, namespace: 'a' }, [copy], undefined],
  ])('%s', (_, namespace, own, others, manager) => {
    expect(managerOf(namespace, own, others)).toEqual(manager);
  });

  it('always have one manager, whoever looks', () => {
    const all = [central, copy, { ...teams, namespace: 'x' }, { ...teams, namespace: 'y' }];
    for (const namespace of ['shop', 'staging']) {
      const watching = all.filter(({ watches }) => watches === '*' || watches === namespace);
      const managers = watching.filter((own) => managerOf(namespace, own, all.filter((each) => each !== own)) === undefined);
      expect(managers).toHaveLength(1);
    }
  });
});
