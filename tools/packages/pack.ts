/** `npm run pack:cli [FOLDER]`: makes the tarball of the command line, in FOLDER or here, and prints its path. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stageCli } from './stage.ts';

const destination = resolve(process.argv[2] ?? '.');
const folder = mkdtempSync(join(tmpdir(), 'recommender-cli-'));
try {
  stageCli(folder);
  mkdirSync(destination, { recursive: true });
  const name = execFileSync('npm', ['pack', '--silent', '--pack-destination', destination], { cwd: folder, encoding: 'utf8' }).trim();
  console.log(join(destination, name));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
