const ZERO = 48;
const MINUS = 45;
const POINT = 46;

/** Float32 carries seven significant digits; the rest of its decimal expansion is noise. */
const SIGNIFICANT_DIGITS = 7;
/** Place p of both: a number of at least BOUNDS[p] has its seventh digit p places after the point. */
const BOUNDS = [1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1, 1e-1, 1e-2, 1e-3, 1e-4];
const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10];
const LARGEST = 1e7;

/** Most bytes `writeScore` needs. */
export const LONGEST_SCORE = 24;

/**
 * Writes a number with at most seven significant digits as JSON, what `String(Number(score.toPrecision(7)))` gives, at
 * a fifth of its cost. The product below is exact for float32: 24 bits of it and the 24 bits of 5^10 fit a double.
 * @returns the place after it
 */
export function writeScore(out: Buffer, at: number, score: number): number {
  const size = Math.abs(score);
  const places = BOUNDS.findIndex((bound) => size >= bound);
  if (places < 0 || size >= LARGEST) return at + out.write(String(Number(score.toPrecision(SIGNIFICANT_DIGITS))), at, 'latin1');
  let end = at;
  if (score < 0) {
    out[end] = MINUS;
    end += 1;
  }
  return writeDecimal(out, end, Math.round(size * POWERS[places]!), places);
}

/** Writes `digits` / 10^`places` without zeros at its end; `digits` is a whole number of at most 2^31. */
function writeDecimal(out: Buffer, at: number, digits: number, places: number): number {
  while (places > 0 && digits % 10 === 0) {
    digits /= 10;
    places -= 1;
  }
  const power = POWERS[places]!;
  const whole = Math.floor(digits / power);
  const point = at + lengthOf(whole);
  writeDigits(out, point, whole, point - at);
  if (places === 0) return point;
  out[point] = POINT;
  writeDigits(out, point + 1 + places, digits - whole * power, places);
  return point + 1 + places;
}

/** Writes `count` digits of a whole number, the last one before `end`. */
function writeDigits(out: Buffer, end: number, number: number, count: number): void {
  for (let place = end - 1; place >= end - count; place -= 1) {
    const rest = Math.floor(number / 10);
    out[place] = ZERO + number - rest * 10;
    number = rest;
  }
}

function lengthOf(whole: number): number {
  let length = 1;
  for (let bound = 10; whole >= bound; bound *= 10) length += 1;
  return length;
}
