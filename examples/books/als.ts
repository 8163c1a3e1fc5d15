import { transpose } from './split.ts';
import { random } from './random.ts';

export interface AlsParameters {
  factors: number;
  sweeps: number;
  /** Confidence of a reading is 1 + alpha, of its absence 1. */
  alpha: number;
  /** Ridge penalty, scaled by nothing. */
  regularization: number;
  seed: number;
}

/** score(user, item) = dot(users[user], items[item]). Row-major: users [U × d], items [N × d]. */
export interface Factors {
  dimensions: number;
  users: Float32Array;
  items: Float32Array;
}

/** Row-major [rows × columns]. */
interface Matrix {
  rows: number;
  columns: number;
  values: Float64Array;
}

/**
 * Implicit-feedback matrix factorisation by alternating least squares: Hu, Koren & Volinsky, "Collaborative Filtering
 * for Implicit Feedback Datasets", ICDM 2008. Minimises Σ c_ui (p_ui − x_u·y_i)² + λ (Σ|x_u|² + Σ|y_i|²) over all pairs,
 * with p = 1 and c = 1 + α where the user read the item, p = 0 and c = 1 elsewhere.
 * `itemsOfUser`: item numbers below `items`, by user number.
 */
export function alternatingLeastSquares(
  itemsOfUser: readonly (readonly number[])[],
  items: number,
  parameters: AlsParameters,
): Factors {
  const usersOfItem = transpose(itemsOfUser, items);
  const y = startingPoint(items, parameters);
  const x = startingPoint(itemsOfUser.length, parameters);
  for (let sweep = 0; sweep < parameters.sweeps; sweep++) {
    solveSide(x, y, itemsOfUser, parameters);
    solveSide(y, x, usersOfItem, parameters);
  }
  // The users last, so that they fit the items as served.
  solveSide(x, y, itemsOfUser, parameters);
  return { dimensions: parameters.factors, users: Float32Array.from(x.values), items: Float32Array.from(y.values) };
}

function startingPoint(rows: number, { factors, seed }: AlsParameters): Matrix {
  const draw = random(seed + rows);
  return { rows, columns: factors, values: Float64Array.from({ length: rows * factors }, () => 0.1 * draw.normal()) };
}

/** Each row of `solved` by equation 4 of the paper: (YᵀY + α Σ y_i y_iᵀ + λI) x = (1 + α) Σ y_i, sums over its readings. */
function solveSide(solved: Matrix, fixed: Matrix, readings: readonly (readonly number[])[], parameters: AlsParameters) {
  const d = parameters.factors;
  const shared = gram(fixed);
  for (let i = 0; i < d; i++) shared[i * d + i]! += parameters.regularization;
  for (let row = 0; row < solved.rows; row++) {
    const left = shared.slice();
    const right = new Float64Array(d);
    for (const other of readings[row]!) addReading(left, right, fixed, other, parameters.alpha);
    solved.values.set(solveCholesky(left, right), row * d);
  }
}

/** Adds one reading to both sides; only the lower triangle of `left` is kept up to date. */
function addReading(left: Float64Array, right: Float64Array, fixed: Matrix, row: number, alpha: number) {
  const d = fixed.columns;
  const at = row * d;
  for (let i = 0; i < d; i++) {
    const value = fixed.values[at + i]!;
    right[i]! += (1 + alpha) * value;
    for (let j = 0; j <= i; j++) left[i * d + j]! += alpha * value * fixed.values[at + j]!;
  }
}

/** MᵀM, lower triangle, row-major [columns × columns]. */
function gram({ rows, columns, values }: Matrix): Float64Array {
  const product = new Float64Array(columns * columns);
  for (let row = 0; row < rows; row++) {
    const at = row * columns;
    for (let i = 0; i < columns; i++) {
      for (let j = 0; j <= i; j++) product[i * columns + j]! += values[at + i]! * values[at + j]!;
    }
  }
  return product;
}

/**
 * Solves A x = b for a symmetric positive definite A, given by its lower triangle (row-major), by Cholesky's
 * factorisation (Golub & Van Loan, "Matrix Computations", 4.2). Overwrites both arguments and returns `b` as x.
 */
export function solveCholesky(a: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!;
      a[i * n + j] = i === j ? Math.sqrt(sum) : sum / a[j * n + j]!;
    }
  }
  for (let i = 0; i < n; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= a[i * n + k]! * b[k]!;
    b[i] = sum / a[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let k = i + 1; k < n; k++) sum -= a[k * n + i]! * b[k]!;
    b[i] = sum / a[i * n + i]!;
  }
  return b;
}
