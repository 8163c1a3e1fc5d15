import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, type RunOptions } from '../command.ts';
import { ctr, ctrList, tryCtr } from '../containerd.ts';
import { cacheDir } from '../layout.ts';

// Its own image store: nothing of the machine's other images is seen or touched.
const home = join(cacheDir, 'buildah');
const trust = join(home, 'policy.json');
const storage = [
  ...['--root', join(home, 'storage'), '--runroot', join(home, 'run'), '--storage-driver', 'overlay'],
  // Without this the store's folder stays mounted on itself.
  ...['--storage-opt', 'overlay.skip_mount_home=true'],
];

export function buildah(args: readonly string[], options: RunOptions = {}): Promise<string> {
  mkdirSync(home, { recursive: true });
  writeFileSync(trust, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  return capture('buildah', [...storage, ...args], options);
}

/** Full names, as containerd and Kubernetes resolve “recommender-serving:1”. */
export const fullName = (image: string): string =>
  image.split('/')[0]?.includes('.') ? image : `docker.io/library/${image}`;

/** Full names of the images in the store. */
export async function builtImages(): Promise<string[]> {
  return (await buildah(['images', '--format', '{{.Name}}:{{.Tag}}'])).split('\n').filter(Boolean);
}

export async function isBuilt(image: string): Promise<boolean> {
  return (await builtImages()).includes(fullName(image));
}

/** Names of the images that containerd has. */
export const importedImages = (): Promise<string[]> => ctrList('images');

export async function removeImported(images: readonly string[]): Promise<void> {
  if (images.length > 0) await tryCtr(['images', 'remove', ...images]);
}

/** Copies a built image from the store into containerd, which must run. */
export async function importImage(image: string): Promise<void> {
  const archive = join(home, `${image.replaceAll(/[/:]/g, '-')}.tar`);
  try {
    // Packing the layers is most of the time here: zstd is the quicker way.
    const push = ['push', '--quiet', '--signature-policy', trust, '--compression-format', 'zstd', '--compression-level', '1'];
    await buildah([...push, fullName(image), `oci-archive:${archive}:${fullName(image)}`]);
    await ctr(['images', 'import', '--snapshotter', 'overlayfs', archive]);
  } finally {
    rmSync(archive, { force: true });
  }
}

export type ScratchImage = {
  /** File on this machine → path in the image. */
  files: Record<string, string>;
  entrypoint: readonly string[];
  user?: string;
};

/** Makes an image of nothing but the given files. */
export async function buildFromScratch(image: string, { files, entrypoint, user }: ScratchImage): Promise<void> {
  const container = (await buildah(['from', 'scratch'])).trim();
  try {
    for (const [from, to] of Object.entries(files)) await buildah(['copy', '--quiet', '--chmod', '0755', container, from, to]);
    const config = ['config', '--entrypoint', JSON.stringify(entrypoint), '--env', 'PATH=/bin', '--user', user ?? '65532:65532'];
    await buildah([...config, container]);
    await buildah(['commit', '--quiet', '--signature-policy', trust, container, fullName(image)]);
  } finally {
    await buildah(['rm', container]);
  }
}

export async function removeBuilt(image: string): Promise<void> {
  await buildah(['rmi', fullName(image)]);
}

/** Removes what builds that were killed have left: their working containers and the mounts of these. */
export async function removeAbandonedBuilds(): Promise<void> {
  const isBuilding = readdirSync('/proc').some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'buildah';
    } catch {
      return false;
    }
  });
  if (!isBuilding && existsSync(home)) await buildah(['rm', '--all']);
}
