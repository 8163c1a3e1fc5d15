import { Problem } from '../common/problems.ts';

/** Bytes of bodies and answers that may lie in memory together. */
interface BodyMemory {
  /**
   * Sets memory aside for a body or an answer, as long as its request lives.
   * @param bytes its largest possible size
   * @returns what gives it back
   * @throws Problem Overloaded when there is not so much left
   */
  take(bytes: number): () => void;
}

export function createBodyMemory(limit: number): BodyMemory {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > limit) throw new Problem('Overloaded', 'Too many large requests are in progress; try again shortly.');
      taken += bytes;
      return () => void (taken -= bytes);
    },
  };
}
