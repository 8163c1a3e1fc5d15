/**
 * Asks every 50 ms until the answer is neither undefined nor false, and returns it. An error counts as not yet.
 * @throws Error that names what did not come, with the last error
 */
export async function until<T>(what: string, ask: () => Promise<T> | T, withinMs = 20_000): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + withinMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const because = last instanceof Error ? `; last error: ${last.message}` : '';
  throw new Error(`not within ${String(withinMs / 1000)} s: ${what}${because}`);
}
