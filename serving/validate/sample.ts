import { hash64 } from '../common/hash.ts';
import { CONTRACT_SAMPLE, type IdSet } from '../contract/report.ts';

const HASH_BYTES = 4;

/**
 * The CONTRACT_SAMPLE smallest of the different hashes of `ids`: a sample in which each id is as likely as any other,
 * and the same ids always give the same one. How many of one set's hashes another holds tells how much of it the other
 * holds (Broder, On the resemblance and containment of documents, 1997). A hash is the upper half of XXH64.
 */
export function sampleOf(ids: Iterable<string>): IdSet {
  const hashes = Uint32Array.from(ids, (id) => Number(hash64(id) >> 32n)).sort();
  const smallest = [...hashes.filter((hash, index) => hash !== hashes[index - 1]).subarray(0, CONTRACT_SAMPLE)];
  const bytes = Buffer.alloc(smallest.length * HASH_BYTES);
  for (const [index, hash] of smallest.entries()) bytes.writeUInt32BE(hash, index * HASH_BYTES);
  return { count: hashes.length, sample: bytes.toString('base64') };
}
