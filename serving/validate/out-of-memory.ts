const WORDS = /failed to allocate memory|bad_alloc|allocation failed|out of memory|memory limit/i;

/** Whether a message of onnxruntime or V8 says that it got no more memory. */
export function isOutOfMemory(message: string): boolean {
  return WORDS.test(message);
}

/** @param message of onnxruntime or V8 */
export function outOfMemorySentence(message: string): string {
  const [, bytes] = /buffer of size (\d+)/.exec(message) ?? [];
  const what = bytes === undefined ? '' : ` (${bytes} bytes at once)`;
  return `The model needs more memory than is available${what}; in a cluster the limit is set by spec.serving.resources.`;
}
