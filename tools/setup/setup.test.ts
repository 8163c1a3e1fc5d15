import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { missingPackages } from './debian.mjs';
import { failureSentence } from './failure.mjs';
import { isNewEnough } from './go.mjs';
import { obstacle } from './machine.mjs';
import { isRecentPython } from './python.mjs';
import { jestArguments, sum, tally } from './suites.mjs';
import { usesOtherCluster } from './tasks.mjs';

const debian = { platform: 'linux', arch: 'x64', node: '20.11.0', root: true, apt: true, freeGB: 100 };

describe('what a machine lacks', () => {
  it('is nothing on a Debian machine with root', () => {
    expect(obstacle(debian, { root: true, packages: ['runc'], freeGB: 12 })).toBeUndefined();
  });

  it.each([
    ['another system', { platform: 'darwin' }, /needs Linux.*darwin/],
    ['another architecture', { arch: 'arm64' }, /x86-64.*arm64/],
    ['an old Node', { node: '18.19.0' }, /Node 20 or newer.*18\.19\.0/],
    ['no root', { root: false }, /needs root.*--context NAME/],
    ['no apt-get', { apt: false }, /no apt-get.*runc kmod/],
    ['a full disk', { freeGB: 3.21 }, /3\.2 GB are free.*12 GB are needed/],
  ])('%s is said in one sentence with the way out', (_name, difference, sentence) => {
    expect(obstacle({ ...debian, ...difference }, { root: true, packages: ['runc', 'kmod'], freeGB: 12 })).toMatch(sentence);
  });

  it('is root, where only packages are missing', () => {
    const sentence = obstacle({ ...debian, root: false }, { packages: ['redis-server'] });
    expect(sentence).toMatch(/only root may install them.*apt-get install redis-server/);
    expect(sentence).not.toContain('cluster');
  });

  it('does not matter where the task does not need it', () => {
    expect(obstacle({ ...debian, root: false, apt: false, freeGB: 1 }, {})).toBeUndefined();
  });
});

describe('missing Debian packages', () => {
  it('are those whose command is not there, whoever installed the others', () => {
    const packages = { runc: 'runc', containerd: 'containerd', 'containernetworking-plugins': '/usr/lib/cni/bridge' };
    expect(missingPackages(packages, (proof) => proof === 'containerd')).toEqual(['runc', 'containernetworking-plugins']);
  });
});

describe('a failed command', () => {
  it.each([
    ['npm error code ENOTFOUND', 'The npm registry cannot be reached'],
    ['write /go/x: no space left on device', 'The disk is full'],
    ['E: Could not get lock /var/lib/dpkg/lock-frontend', 'holds the lock'],
    ['compiling\nerror: something odd\nbye', 'error: something odd.'],
    ['', 'it printed nothing'],
  ])('that printed %j becomes a sentence', (output, part) => {
    const sentence = failureSentence('npm ci', 'The npm registry', output, '/tmp/npm.log');
    expect(sentence).toContain(`npm ci failed: `);
    expect(sentence).toContain(part);
    expect(sentence).toContain('/tmp/npm.log');
    expect(sentence).not.toContain('\n');
  });
});

describe('Go', () => {
  it.each([
    ['go version go1.26.1 linux/amd64', true],
    ['go version go1.26.8 linux/amd64', true],
    ['go version go1.27 linux/amd64', true],
    ['go version go1.26.0 linux/amd64', false],
    ['go version go1.19.8 linux/amd64', false],
    ['command not found', false],
  ])('%s: new enough is %s', (text, expected) => {
    expect(isNewEnough(text)).toBe(expected);
  });
});

describe('Python', () => {
  it.each([
    ['3 11\n', true],
    ['3 13', true],
    ['4 0', true],
    ['3 9', false],
    ['', false],
  ])('%j: recent enough is %s', (text, expected) => {
    expect(isRecentPython(text)).toBe(expected);
  });

  it.each(['tests', 'bench'])('packages for %s have one exact version each', (name) => {
    const lines = readFileSync(new URL(`python/requirements-${name}.txt`, import.meta.url), 'utf8').trim().split('\n');
    const packages = lines.filter((line) => !line.startsWith('#'));
    expect(packages.filter((line) => !/^[\w.-]+==\d[\w.]*$/.test(line))).toEqual([]);
    expect(packages.length).toBeGreaterThan(0);
  });
});

describe('a suite', () => {
  it('is run whole, or the named part of it and nothing else', () => {
    expect(jestArguments('e2e', [])).toEqual(['--runInBand', '--testPathPatterns', 'tests/e2e/']);
    expect(jestArguments('e2e', ['delivery', '--verbose'])).toEqual(['--runInBand', '--verbose', '--testPathPatterns', 'tests/e2e/.*delivery']);
  });
});

describe('the closing line of the tests', () => {
  const report = { numPassedTests: 7, numFailedTests: 0, numRuntimeErrorTestSuites: 0, success: true, testResults: [] };

  it('counts tests, and files that do not load as failures', () => {
    expect(tally(report)).toMatchObject({ passed: 7, failed: 0 });
    expect(tally({ ...report, numFailedTests: 2, numRuntimeErrorTestSuites: 1, success: false })).toMatchObject({ passed: 7, failed: 3 });
  });

  it('never calls a suite without tests, an interrupted one or one without a report a success', () => {
    expect(tally({ ...report, numPassedTests: 0 }).failed).toBe(1);
    expect(tally({ ...report, success: false }).failed).toBe(1);
    expect(tally(undefined).failed).toBe(1);
  });

  it('comes after a line for each failure, and for each file that failed without one', () => {
    const failed = { fullName: 'a shop serves', status: 'failed', failureMessages: ['\u001b[31mError: nobody\ncame\u001b[39m\n    at somewhere'] };
    const passed = { fullName: 'a shop opens', status: 'passed', failureMessages: [] };
    const testResults = [
      { name: '/any/shop.test.ts', status: 'failed', message: 'all of it', assertionResults: [passed, failed] },
      { name: '/any/stall.test.ts', status: 'failed', message: 'SyntaxError: what?', assertionResults: [] },
      { name: '/any/door.test.ts', status: 'failed', message: 'Error: it cannot be closed', assertionResults: [passed] },
      { name: '/any/roof.test.ts', status: 'passed', message: '', assertionResults: [passed] },
    ];
    expect(tally({ ...report, testResults }).failures).toEqual(['shop.test.ts: a shop serves: Error: nobody came', 'stall.test.ts: SyntaxError: what?', 'door.test.ts: Error: it cannot be closed']);
  });

  it('adds the suites up', () => {
    expect(sum([{ passed: 3, failed: 0 }, { passed: 4, failed: 1, failures: ['one'] }])).toEqual({ passed: 7, failed: 1, failures: ['one'] });
  });
});

describe('the demo', () => {
  it('needs no local cluster when it is given a context', () => {
    expect(usesOtherCluster(['--context', 'kind'])).toBe(true);
    expect(usesOtherCluster(['--context=kind'])).toBe(true);
    expect(usesOtherCluster(['--keep'])).toBe(false);
  });
});
