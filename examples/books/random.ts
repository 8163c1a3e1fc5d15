/** A seeded stream of random numbers: the same seed gives the same data, model and traffic on every run. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number;
  /** Uniform integer in [0, below). */
  integer(below: number): number;
  /** Standard normal. */
  normal(): number;
}

export type State = [number, number, number, number];

const rotateLeft = (x: number, by: number) => (x << by) | (x >>> (32 - by));

/** One step of xoshiro128** 1.1 (D. Blackman, S. Vigna, https://prng.di.unimi.it): changes `s`, returns 32 bits. */
export function nextBits(s: State): number {
  const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
  const shifted = s[1] << 9;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = rotateLeft(s[3], 11);
  return result;
}

/** Spreads a small seed over 128 bits with the finaliser of MurmurHash3, as the authors of xoshiro advise (a mixing seeder). */
function spread(seed: number): State {
  let x = seed | 0;
  const word = () => {
    x = (x + 0x9e3779b9) | 0;
    let z = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  return [word(), word(), word(), word()];
}

/** seed: any 32-bit integer. */
export function random(seed: number): Random {
  const state = spread(seed);
  const uniform = () => nextBits(state) / 2 ** 32;
  return {
    uniform,
    integer: (below) => Math.floor(uniform() * below),
    // Box–Muller; 1 - u keeps the logarithm away from zero.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}
