/** A quantity as digits × 10^ten × 2^two. */
type Exact = { readonly digits: bigint; readonly ten: number; readonly two: number };

const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

const FORM = /^([+-]?)(\d{0,30})(?:\.(\d{0,30}))?(?:[eE]([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)$/;

/**
 * Whether two values are the same Kubernetes quantity: "1000m" = "1", "1Gi" = "1024Mi", 2 = "2", "1e3" = "1k" (grammar:
 * apimachinery, resource.Quantity). False when either is no quantity at all.
 */
export function isSameQuantity(a: unknown, b: unknown): boolean {
  const left = parse(a);
  const right = parse(b);
  if (left === undefined || right === undefined) return false;
  const ten = Math.min(left.ten, right.ten);
  const two = Math.min(left.two, right.two);
  return scaled(left, ten, two) === scaled(right, ten, two);
}

/** @returns the quantity rounded down to a whole number, e.g. 1 for "1500m"; undefined when it is none */
export function wholeOf(value: unknown): number | undefined {
  const exact = parse(value);
  if (exact === undefined) return undefined;
  const { digits, ten, two } = exact;
  const multiplied = digits * 10n ** BigInt(Math.max(0, ten)) * 2n ** BigInt(two);
  return Number(multiplied / 10n ** BigInt(Math.max(0, -ten)));
}

function scaled(value: Exact, ten: number, two: number): bigint {
  return value.digits * 10n ** BigInt(value.ten - ten) * 2n ** BigInt(value.two - two);
}

function parse(value: unknown): Exact | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const match = FORM.exec(String(value));
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  const ten = -fraction.length + (exponent === undefined ? (DECIMAL[suffix] ?? 0) : Number(exponent));
  return { digits, ten, two: BINARY[suffix] ?? 0 };
}
