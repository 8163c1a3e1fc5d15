import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingPackages } from './debian.mjs';
import { executable } from './binaries.mjs';
import { runChecks } from './checks.mjs';
import { failureSentence } from './failure.mjs';
import { isNewEnough } from './go.mjs';
import { obstacle } from './machine.mjs';
import { isRecentPython } from './python.mjs';
import { progress, run, together } from './steps.mjs';
import { jestArguments, sum, tally } from './suites.mjs';
import { usesOtherCluster } from './tasks.mjs';
import { fileTimes, timeLines } from './times.mjs';

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

describe('a program of a Go module', () => {
  it.each([
    ['k8s.io/kubernetes/cmd/kubelet', 'kubelet'],
    ['go.etcd.io/etcd/server/v3', 'server'],
    ['recommender.dev/cluster/v1', 'v1'],
  ])('%s is built as %s', (path, name) => {
    expect(executable(path)).toBe(name);
  });
});

describe('steps at the same time', () => {
  const about = (log: string, unstoppable = false) => ({ what: log, source: 'The test', log: `setup-test-${log}`, unstoppable });
  const program = (text: string) => ['-e', text];

  it('end with what failed first, and stop the commands of the others', async () => {
    const started = Date.now();
    const slow = run(process.execPath, program('setTimeout(() => {}, 60_000)'), about('slow'));
    await expect(together([() => slow, () => run(process.execPath, program('console.log("error: no bread"); process.exit(3)'), about('quick'))])).rejects.toThrow(/^quick failed: error: no bread\./);
    expect(Date.now() - started).toBeLessThan(30_000);
    await expect(slow).rejects.toThrow(/abort/i);
  });

  it('start no command after that, but let one end that must not be cut short', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'setup-test-'));
    const file = join(folder, 'whole');
    let next: Promise<string> | undefined;
    const whole = async () => {
      await run(process.execPath, program(`setTimeout(() => require('fs').writeFileSync(${JSON.stringify(file)}, 'all of it'), 1500)`), about('whole', true));
      next = run(process.execPath, program(''), about('next'));
      await next;
    };
    try {
      await expect(together([whole, () => Promise.reject(new Error('no bread'))])).rejects.toThrow('no bread');
      expect(readFileSync(file, 'utf8')).toBe('all of it');
      await expect(next).rejects.toThrow(/abort/i);
      await expect(run(process.execPath, program('console.log("later")'), about('later'))).resolves.toBe('later\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are told of in one line', () => {
    const steps = new Map([['building etcd', { start: 1000, note: '12 packages' }], ['installing node_modules', { start: 16_000, note: '' }]]);
    expect(progress(steps, 76_000)).toBe('building etcd (12 packages, 1 min 15 s); installing node_modules (1 min 0 s)');
  });
});

describe('checks', () => {
  it('count one by one, and each tells in one piece what it found', async () => {
    const check = (name: string, code: number) => ({ name, command: process.execPath, args: ['-e', `console.log('found by ${name}'); process.exit(${String(code)})`] });
    const told: string[] = [];
    const tally = await runChecks([check('lint', 1), check('types', 0)], (text) => told.push(text.replace(/\d+ s/, 'N s')));
    expect(tally).toEqual({ passed: 1, failed: 1, failures: ['the check “lint”, see above'] });
    expect(told.toSorted()).toEqual(['== lint (N s)\nfound by lint\n== lint failed', '== types (N s)\nfound by types']);
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
  it('has two workers where its files share nothing', () => {
    expect(jestArguments('unit', [])[0]).toBe('--maxWorkers=2');
    expect(jestArguments('apiserver', ['lease'])).toEqual(['--maxWorkers=2', '--testPathPatterns', 'tests/apiserver/.*lease']);
  });

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
    expect(sum([{ passed: 3, failed: 0 }, { passed: 4, failed: 1, failures: ['one'] }])).toEqual({ passed: 7, failed: 1, failures: ['one'], files: [] });
  });
});

describe('where the time of a run went', () => {
  const file = (suite: string, name: string, ms: number) => fileTimes(suite, [{ name: new URL(`../../${name}`, import.meta.url).pathname, startTime: 1_000_000, endTime: 1_000_000 + ms }]);

  it('is told by suite, and by file for the 15 slowest', () => {
    const quick = Array.from({ length: 20 }, (_, index) => file('unit', `operator/plan/quick${String(index)}.test.ts`, 100 + index)).flat();
    const files = [...quick, ...file('apiserver', 'tests/apiserver/kills.test.ts', 291_040), ...file('e2e', 'tests/e2e/faults.test.ts', 384_960)];
    const lines = timeLines([['set-up', 1200], ['unit', 58_000], ['apiserver', 330_000]], files);
    expect(lines.slice(0, 4)).toEqual([
      'times: set-up 1 s, unit 58 s, apiserver 5 min 30 s',
      'the 15 slowest of 22 test files:',
      '  385.0 s  e2e        tests/e2e/faults.test.ts',
      '  291.0 s  apiserver  tests/apiserver/kills.test.ts',
    ]);
    expect(lines).toHaveLength(2 + 15);
    expect(lines.at(-1)).toBe('    0.1 s  unit       operator/plan/quick7.test.ts');
  });

  it('names no files where none came to an end', () => {
    expect(timeLines([['set-up', 0]], [])).toEqual(['times: set-up 0 s']);
  });
});

describe('the demo', () => {
  it('needs no local cluster when it is given a context', () => {
    expect(usesOtherCluster(['--context', 'kind'])).toBe(true);
    expect(usesOtherCluster(['--context=kind'])).toBe(true);
    expect(usesOtherCluster(['--keep'])).toBe(false);
  });
});
