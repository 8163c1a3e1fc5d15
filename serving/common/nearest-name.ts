/** How many letters a name may differ by and still be the one that was meant. */
const FAR = 2;

/** The name that differs from `wrong` by a letter or two, or by case; undefined when none does. */
export function nearestName(wrong: string, names: readonly string[]): string | undefined {
  const [best] = names.map((name) => ({ name, far: distance(name.toLowerCase(), wrong.toLowerCase()) })).toSorted((a, b) => a.far - b.far);
  return best && best.far <= FAR ? best.name : undefined;
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (letter === b[j] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
