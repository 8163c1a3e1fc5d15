import { basename, dirname } from 'node:path';
import { binaryPath } from '../../setup/binaries.mjs';
import { pauseImage } from '../configs.ts';
import { buildFromScratch, importedImages, importImage, removeBuilt, type ScratchImage } from './store.ts';

// The folder's name carries the hash of what the binary was built from: another build is another image.
const tagged = (name: string): string =>
  `recommender.local/${name}:${basename(dirname(binaryPath(name))).split('-').at(-1) ?? ''}`;

/** Images of what the cluster runs beside our own. */
export const thirdPartyImages = {
  coredns: tagged('coredns'),
  argoRollouts: tagged('rollouts-controller'),
  prometheus: tagged('prometheus'),
} as const;

const contents: readonly (readonly [image: string, content: ScratchImage])[] = [
  [pauseImage, { files: { '/bin/busybox': '/bin/busybox' }, entrypoint: ['/bin/busybox', 'tail', '-f', '/dev/null'] }],
  [thirdPartyImages.coredns, oneBinary('coredns')],
  [thirdPartyImages.argoRollouts, oneBinary('rollouts-controller')],
  [thirdPartyImages.prometheus, oneBinary('prometheus')],
];

/** Makes those that containerd, which must run, does not have; from the binaries on this machine. */
export async function ensureThirdPartyImages(): Promise<void> {
  const present = new Set(await importedImages());
  const missing = contents.filter(([image]) => !present.has(image));
  await Promise.all(missing.map(async ([image, content]) => {
    await buildFromScratch(image, content);
    await importImage(image);
    await removeBuilt(image);
  }));
}

function oneBinary(name: string): ScratchImage {
  return { files: { [binaryPath(name)]: `/bin/${name}` }, entrypoint: [`/bin/${name}`] };
}
