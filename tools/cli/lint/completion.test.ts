import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { bundleCommand } from '../bundle/commands.ts';
import { createProgram } from '../program.ts';
import { PLUGIN, started } from '../testing/recommender.ts';
import { runHere } from '../testing/run-here.ts';
import { scriptFor, wordsOf } from './completion.ts';

const program = createProgram();

/** What bash would offer after these words. */
function offered(...words: string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const ask = `${scriptFor('bash', wordsOf(program))}\nCOMP_WORDS=(recommender ${quoted}); COMP_CWORD=${words.length}; _recommender; echo "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['--norc', '-c', ask], { encoding: 'utf8' }).trim().split(' ');
}

describe('completion', () => {
  it('offers commands and their options in bash', () => {
    expect(offered('pr')).toEqual(['promote']);
    expect(offered('r').toSorted()).toEqual(['resume', 'retry', 'rollback']);
    expect(offered('rollback', 'books', '--t')).toEqual(['--to', '--timeout']);
    expect(offered('init', '--s')).toEqual(['--strategy']);
    for (const command of ['status', 'doctor', 'lint']) expect(offered(command, '--o')).toEqual(['--output']);
    expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(offered('bundle', '')).toEqual(bundleCommand().commands.map((each) => each.name()));
  });

  it('offers the same after "kubectl recommender", and models by name', () => {
    const path = mkdtempSync(join(tmpdir(), 'plugins-'));
    symlinkSync(PLUGIN, join(path, 'kubectl-recommender'));
    writeFileSync(join(path, 'kubectl'), '#!/bin/sh\necho recommendermodel.recommender.dev/books\n', { mode: 0o755 });
    const env = { ...process.env, PATH: [path, process.env['PATH']].join(delimiter) };
    const kubectlIsTold = (...words: string[]) => execFileSync(join(PLUGIN, '../kubectl_complete-recommender'), words, { encoding: 'utf8', env });
    // The last line tells kubectl to offer no files.
    expect([kubectlIsTold('ret'), kubectlIsTold('get', '')]).toEqual(['retry\n:4\n', 'books\n:4\n']);
    rmSync(path, { recursive: true });
  });

  it.each(['zsh', 'fish'])('names every command in %s', (shell) => {
    const script = scriptFor(shell, wordsOf(program));
    for (const { name } of wordsOf(program)) expect(script).toContain(name);
  });

  it('says which shells it knows', () => {
    expect(() => scriptFor('tcsh', [])).toThrow('Unknown shell tcsh: use one of bash, zsh, fish.');
  });
});

describe('the command line', () => {
  it.each<[string[], number, { stdout?: string; stderr?: string }]>([
    [['fly'], 2, { stderr: "unknown command 'fly'" }],
    [['get', '--colour'], 2, { stderr: "unknown option '--colour'" }],
    [['status', 'books', '--timeout', 'soon'], 2, { stderr: 'Expected a duration such as 90s' }],
    [['rollback', '--help'], 0, { stdout: '--to <version>' }],
    [['bundle', '--help'], 0, { stdout: 'from-mlflow' }],
    [['lint', '/nowhere.yaml'], 1, { stderr: 'Error: /nowhere.yaml does not exist.\n' }],
  ])('%j end with %d', async (args, code, { stdout = '', stderr = '' }) => {
    const ended = { code, stdout: expect.stringContaining(stdout), stderr: expect.stringContaining(stderr) };
    expect(await runHere(...args)).toEqual(ended);
  });

  it('ends as a process with the same code and words', async () => {
    const { code, stderr } = await started(PLUGIN, ['fly']);
    expect([code, stderr]).toEqual([2, "error: unknown command 'fly'\n(run with --help for usage)\n"]);
  });
});
