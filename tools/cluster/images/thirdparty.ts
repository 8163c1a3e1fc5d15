import { basename, dirname } from 'node:path';
import { binaryPath } from '../../setup/binaries.mjs';
import { pauseImage } from '../configs.ts';
import { buildFromScratch, importedImages, importImage, removeBuilt, type ScratchImage } from './store.ts';

export type ThirdPartyImages = { coredns: string; argoRollouts: string; prometheus: string };

/** Images of what the cluster runs beside our own, made from the binaries on this machine; containerd must run. */
export async function ensureThirdPartyImages(): Promise<ThirdPartyImages> {
  const images = {
    coredns: tagged('coredns'),
    argoRollouts: tagged('rollouts-controller'),
    prometheus: tagged('prometheus'),
  };
  const present = new Set(await importedImages());
  const ensure = async (image: string, content: ScratchImage): Promise<void> => {
    if (present.has(image)) return;
    await buildFromScratch(image, content);
    await importImage(image);
    await removeBuilt(image);
  };
  await ensure(pauseImage, { files: { '/bin/busybox': '/bin/busybox' }, entrypoint: ['/bin/busybox', 'tail', '-f', '/dev/null'] });
  await ensure(images.coredns, oneBinary('coredns'));
  await ensure(images.argoRollouts, oneBinary('rollouts-controller'));
  await ensure(images.prometheus, oneBinary('prometheus'));
  return images;
}

const oneBinary = (name: string): ScratchImage => ({ files: { [binaryPath(name)]: `/bin/${name}` }, entrypoint: [`/bin/${name}`] });

// The folder's name carries the hash of what the binary was built from: another build is another image.
const tagged = (name: string): string =>
  `recommender.local/${name}:${basename(dirname(binaryPath(name))).split('-').at(-1) ?? ''}`;
