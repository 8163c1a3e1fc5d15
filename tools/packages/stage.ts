import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { loadedBy } from './loaded.ts';
import { manifestOf, root } from './workspaces.ts';

const PACKAGE = 'tools/cli';
const PROGRAM = `${PACKAGE}/main.ts`;
const COMPLETION = 'kubectl_complete-recommender';
/** What the program reads beside its sources. */
const READ = ['crds', 'serving/package.json'];

const SPECIFIER = /(from |^import |\bimport\(|new URL\()'(\.[^']+)\.ts'/gm;
const asJavaScript = (path: string): string => path.replace(/\.ts$/, '.js');

/**
 * Lays out the package of the command line in `folder`: every file that it loads, at the same place as in this
 * repository and on the same lines, but as JavaScript, since Node strips no types below node_modules.
 */
export function stageCli(folder: string): void {
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const file of loadedBy(root, [PROGRAM]).files) {
    const source = stripTypeScriptTypes(readFileSync(join(root, file), 'utf8'));
    put(asJavaScript(file), source.replace(SPECIFIER, "$1'$2.js'"));
  }
  for (const path of READ) cpSync(join(root, path), join(folder, path), { recursive: true });
  copyFileSync(join(root, PACKAGE, COMPLETION), join(folder, PACKAGE, COMPLETION));
  copyFileSync(join(root, PACKAGE, 'README.md'), join(folder, 'README.md'));
  if (existsSync(join(root, 'LICENSE'))) copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  put('package.json', `${JSON.stringify(stagedManifest(), null, 2)}\n`);
}

/** The bins of a checkout hand over to its pinned Node; here the program is run by whatever Node there is. */
function stagedManifest() {
  const { name, version, description, license, type, engines, bin = {}, dependencies } = manifestOf(PACKAGE);
  const bins = Object.keys(bin).map((command) => [command, command === COMPLETION ? `${PACKAGE}/${COMPLETION}` : asJavaScript(PROGRAM)]);
  return { name, version, description, license, type, engines, bin: Object.fromEntries(bins) as Record<string, string>, dependencies };
}
