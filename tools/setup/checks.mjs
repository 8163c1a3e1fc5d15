import { binaryPath } from './binaries.mjs';
import { collect } from './execute.mjs';
import { pinnedNode } from './node-modules.mjs';
import { duration } from './steps.mjs';

/** @typedef {{name: string, command: string, args: string[]}} Check passes where the command ends with 0 */

const npm = (script) => ({ command: 'npm', args: ['run', '--silent', script] });

/** They need node_modules and nothing else. The longest first. @type {Check[]} */
export const codeChecks = [
  { name: 'lint', ...npm('lint') },
  { name: 'types', ...npm('types') },
  { name: 'generated files', ...npm('generate:check') },
  { name: 'lock file', command: pinnedNode, args: ['tools/lint/lockFile.ts'] },
];

/** @type {() => Check} */
export const chartCheck = () => ({ name: 'helm lint', command: binaryPath('helm'), args: ['lint', 'charts/recommender-operator'] });

/**
 * Runs the checks beside each other; what each of them printed comes in one piece when it ends.
 * @param {Check[]} checks
 * @param {(text: string) => void} [say]
 * @returns {Promise<{passed: number, failed: number, failures: string[]}>}
 */
export async function runChecks(checks, say = console.log) {
  const failures = [];
  const check = async ({ name, command, args }) => {
    const start = Date.now();
    const { code, output } = await collect(command, args);
    const failed = code !== 0;
    say([`== ${name} (${duration(Date.now() - start)})`, output.trimEnd(), failed ? `== ${name} failed` : ''].filter(Boolean).join('\n'));
    if (failed) failures.push(`the check “${name}”, see above`);
  };
  await Promise.all(checks.map(check));
  return { passed: checks.length - failures.length, failed: failures.length, failures };
}
