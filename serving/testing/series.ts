/**
 * The value of one series in an exposition text; undefined when it is not there.
 * @param labels those that matter, in any order; others may be present
 */
export function seriesValue(text: string, name: string, labels: Record<string, string> = {}): number | undefined {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const line = text.split('\n').find((candidate) => {
    const isSeries = candidate.startsWith(`${name}{`) || candidate.startsWith(`${name} `);
    return isSeries && wanted.every((label) => candidate.includes(label));
  });
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
}
