import type { Factors } from './als.ts';
import type { Smoothing } from './graph.ts';

/** Terms after which the series below has converged in single precision: 0.3^15 < 2^-24. */
export const ENOUGH_ITERATIONS = 15;

const BETA = 0.3;

/** VᵀV of the item factors, [d × d]. */
function itemGram({ items, dimensions: d }: Factors): Float64Array {
  const gram = new Float64Array(d * d);
  for (let at = 0; at < items.length; at += d) {
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) gram[i * d + j]! += items[at + i]! * items[at + j]!;
  }
  return gram;
}

/** The Frobenius norm bounds the largest eigenvalue, so that with β < 1 the series converges. */
export function smoothingOf(factors: Factors, iterations: number): Smoothing {
  const scale = Math.hypot(...itemGram(factors));
  return { beta: BETA, scale, iterations };
}

/**
 * Factors whose plain dot products are the smoothed scores. With item similarity K = V Vᵀ / scale the scores of the von
 * Neumann diffusion kernel (Kandola, Shawe-Taylor & Cristianini, "Learning Semantic Similarity", NIPS 2002) are
 * s (I − βK)⁻¹ = Σ βᵗ s Kᵗ; for s = u Vᵀ this is u' Vᵀ with u' = u + β u' (VᵀV / scale), iterated here on d numbers a user.
 */
export function smoothed(factors: Factors, { beta, scale, iterations }: Smoothing): Factors {
  const d = factors.dimensions;
  const gram = itemGram(factors);
  const users = new Float32Array(factors.users.length);
  for (let at = 0; at < users.length; at += d) {
    const start = factors.users.subarray(at, at + d);
    let u = Float64Array.from(start);
    for (let t = 0; t < Math.min(iterations, ENOUGH_ITERATIONS); t++) {
      u = u.map((_, i) => {
        let spread = 0;
        for (let j = 0; j < d; j++) spread += u[j]! * gram[j * d + i]!;
        return start[i]! + (beta * spread) / scale;
      });
    }
    users.set(u, at);
  }
  return { ...factors, users };
}
