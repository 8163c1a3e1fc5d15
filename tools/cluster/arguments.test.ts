import { describe, expect, it } from '@jest/globals';
import { parseArguments } from './arguments.ts';

describe('cluster arguments', () => {
  it.each([
    [['up'], { name: 'up' }],
    [['down'], { name: 'down' }],
    [['build'], { name: 'build' }],
    [['status'], { name: 'status', quiet: false }],
    [['status', '--quiet'], { name: 'status', quiet: true }],
    [['logs', 'kubelet'], { name: 'logs', of: 'kubelet' }],
    [[], { name: 'help' }],
  ])('%j', (args, command) => {
    expect(parseArguments(args)).toEqual(command);
  });

  it.each([[['start']], [['up', 'now']], [['logs']], [['status', '--loud']]])('%j is refused with the usage', (args) => {
    expect(() => parseArguments(args)).toThrow(/is not a cluster command[^]*npm run cluster -- up/);
  });
});
