import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { bundleCommand } from '../bundle/commands.ts';
import { addClusterCommands } from '../cluster/commands.ts';
import { addFileCommands } from './commands.ts';
import { scriptFor, wordsOf } from './completion.ts';

const program = new Command();
addClusterCommands(program);
addFileCommands(program);
program.addCommand(new Command('bundle'));
const PLUGIN = join(import.meta.dirname, '../kubectl-recommender.mjs');

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
    expect(() => scriptFor('tcsh', [])).toThrow('There is no completion for tcsh; there is for bash, zsh, fish.');
  });
});

describe('the command line', () => {
  const run = (...args: string[]) => spawnSync(process.execPath, [PLUGIN, ...args], { encoding: 'utf8' });

  it('ends with 2 where it is used wrongly, and with 0 for help', () => {
    expect(run('fly')).toMatchObject({ status: 2, stderr: expect.stringContaining("unknown command 'fly'") });
    expect(run('get', '--colour')).toMatchObject({ status: 2, stderr: expect.stringContaining("unknown option '--colour'") });
    expect(run('rollback', '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--to <version>') });
    expect(run('bundle', '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('from-mlflow') });
    expect(run('lint', '/nowhere.yaml')).toMatchObject({ status: 1, stderr: 'Error: There is no file /nowhere.yaml.\n' });
  });
});
