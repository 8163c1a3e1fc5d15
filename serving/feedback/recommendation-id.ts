import { randomFillSync } from 'node:crypto';
import semver from 'semver';
import { hash64Hex } from '../common/hash.ts';

const RANDOM_BYTES = 12;
/** So many ids' random bytes are fetched at once: each fetch is a call of the system. */
const IDS_A_FETCH = 512;
const CHECK_LENGTH = 8;
const SHAPE = new RegExp(`^(.+)\\.([A-Za-z0-9_-]{16})\\.([0-9a-f]{${CHECK_LENGTH}})$`);

/** The ids of one model: every pod of it, whatever its version, reads the ids of every other without asking. */
export interface RecommendationIds {
  /** A new id, `VERSION.RANDOM.CHECK`. */
  create(version: string): string;
  /** The version that made the recommendation; undefined when the id is none of this model's. */
  versionOf(id: string): string | undefined;
}

/**
 * The check part tells ids of another model, mistyped ones and made-up versions from real ones. It is no signature:
 * whoever reads this source can make an id.
 * @param scope what distinguishes the model from others, e.g. `shop/books`
 */
export function createRecommendationIds(scope: string): RecommendationIds {
  const check = (version: string, random: string) => hash64Hex(`${scope} ${version} ${random}`).slice(0, CHECK_LENGTH);
  const nextRandom = createRandomTexts();
  return {
    create(version) {
      const random = nextRandom();
      return `${version}.${random}.${check(version, random)}`;
    },
    versionOf(id) {
      const [, version = '', random = '', given] = SHAPE.exec(id) ?? [];
      return semver.valid(version) === version && check(version, random) === given ? version : undefined;
    },
  };
}

function createRandomTexts(): () => string {
  const pool = Buffer.alloc(RANDOM_BYTES * IDS_A_FETCH);
  let at = pool.length;
  return () => {
    if (at === pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    at += RANDOM_BYTES;
    return pool.toString('base64url', at - RANDOM_BYTES, at);
  };
}
