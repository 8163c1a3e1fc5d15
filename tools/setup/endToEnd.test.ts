import { describe, expect, it } from '@jest/globals';
import { laneArguments } from './endToEnd.mjs';

const files = (folder: string) => (folder === '' ? ['acts.test.ts', 'alone', 'e2e.ts', 'routers.test.ts'] : ['routers-istio.test.ts']);

describe('the lanes of the end-to-end tests', () => {
  it('take every file of tests, two at a time but for those that must be alone', () => {
    expect(laneArguments([], files)).toEqual([
      ['--maxWorkers=2', 'acts.test.ts', 'routers.test.ts'],
      ['--maxWorkers=1', 'alone/routers-istio.test.ts'],
    ]);
  });

  it('take the files that are named, each in its lane, with the options', () => {
    expect(laneArguments(['routers', '--verbose'], files)).toEqual([
      ['--maxWorkers=2', '--verbose', 'routers.test.ts'],
      ['--maxWorkers=1', '--verbose', 'alone/routers-istio.test.ts'],
    ]);
    expect(laneArguments(['istio'], files)).toEqual([['--maxWorkers=1', 'alone/routers-istio.test.ts']]);
    expect(laneArguments(['nothing'], files)).toEqual([]);
  });
});
