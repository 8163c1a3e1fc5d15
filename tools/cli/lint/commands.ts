import { Command } from 'commander';
import { showing, type Shown } from '../terminal/output.ts';
import type { InitOptions } from './init.ts';

/** The commands that need no cluster. */
export function addFileCommands(program: Command): void {
  program.addCommand(showing(new Command('lint'))
    .description('Check resources before they are applied: schema, CEL rules, and what no schema can say. Exit codes: 0 nothing wrong, 1 something is.')
    .argument('<file...>', 'YAML files, or - for standard input')
    .action(async (files: string[], options: Shown) => (await import('./lint.ts')).lint(files, options)));
  program.addCommand(new Command('init')
    .description('Write a commented RecommenderModel to standard output.')
    .argument('<name>', 'name of the model')
    .option('--strategy <strategy>', 'how new versions reach users', 'Canary')
    .option('-n, --namespace <name>', 'namespace to write into it')
    .action(async (name: string, options: InitOptions) => (await import('./init.ts')).init(name, options)));
  program.addCommand(new Command('completion')
    .description('Write a completion script for a shell, e.g. source <(kubectl-recommender completion bash)')
    .argument('<shell>', 'bash, zsh or fish')
    .action(async (shell: string) => (await import('./completion.ts')).completion(shell, program)));
}
