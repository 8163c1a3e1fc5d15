import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { checkout } from './layout.ts';
import { ensureBaseImage } from './images/base.ts';
import { imageOf, targets, type Target } from './images/sources.ts';
import {
  buildah, builtImages, fullName, importedImages, importImage, isBuilt, removeBuilt, removeImported,
} from './images/store.ts';
import { partState } from './control.ts';

/** Names for `image:` in a pod; the tag changes whenever what is in the image changes. */
export type Images = Record<Target, string>;

/** The names of the images that the present sources make, whether or not they have been built. */
export function imageNames(): Images {
  return { operator: imageOf('operator'), serving: imageOf('serving'), examples: imageOf('examples') };
}

/** Builds the images whose sources have changed and gives them to the cluster's containerd, if that runs. */
export async function ensureImages(say: (text: string) => void = () => undefined): Promise<Images> {
  const images = imageNames();
  const containerdRuns = (await partState('containerd')) === 'running';
  const imported = new Set(containerdRuns ? await importedImages() : []);
  for (const target of targets) {
    const image = images[target];
    if (imported.has(fullName(image))) continue;
    if (!(await isBuilt(image))) {
      await ensureBaseImage(say);
      say(`building ${image}`);
      await build(target, image);
    }
    if (containerdRuns) await importImage(image);
  }
  for (const image of (await builtImages()).filter(isOutdated(images))) await removeBuilt(image);
  return images;
}

/** Removes the images of earlier sources from containerd. Only while no pod can want them: before kubelet starts. */
export async function removeOutdatedImages(): Promise<void> {
  await removeImported((await importedImages()).filter(isOutdated(imageNames())));
}

function isOutdated(current: Images): (image: string) => boolean {
  const wanted = Object.values(current).map(fullName);
  return (image) => image.startsWith(fullName('recommender-')) && !wanted.includes(image);
}

async function build(target: Target, image: string): Promise<void> {
  const args = ['build', '--quiet', '--isolation', 'chroot', '--layers', '--pull-never', '--target', target];
  await buildah([...args, ...npmAccess(), '--tag', fullName(image), '--file', join(checkout, 'Dockerfile'), checkout]);
}

// What npm on this machine knows: its settings, its cache and whom it trusts. None of it gets into the image.
function npmAccess(): string[] {
  const paths = [
    [join(homedir(), '.npm'), '/root/.npm'],
    [join(homedir(), '.npmrc'), '/root/.npmrc:ro'],
    ['/etc/ssl/certs', '/etc/ssl/certs:ro'],
    ['/usr/share/ca-certificates', '/usr/share/ca-certificates:ro'],
  ] as const;
  return paths.filter(([from]) => existsSync(from)).flatMap(([from, to]) => ['--volume', `${from}:${to}`]);
}
