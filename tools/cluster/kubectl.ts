import { binaryPath } from '../setup/binaries.mjs';
import { attempt, capture, type Outcome, type RunOptions } from './command.ts';
import { statePaths } from './layout.ts';

const withConfig = (args: readonly string[]): string[] => ['--kubeconfig', statePaths.kubeconfig, ...args];

/** kubectl as the local cluster's administrator. Throws CommandFailure with kubectl's own words. */
export const kubectl = (args: readonly string[], options?: RunOptions): Promise<string> =>
  capture(binaryPath('kubectl'), withConfig(args), options);

export const tryKubectl = (args: readonly string[]): Promise<Outcome> => attempt(binaryPath('kubectl'), withConfig(args));
