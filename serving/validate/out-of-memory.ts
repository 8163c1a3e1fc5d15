/** @param message of onnxruntime or V8 */
export function outOfMemorySentence(message: string): string {
  const [, bytes] = /buffer of size (\d+)/.exec(message) ?? [];
  const what = bytes === undefined ? '' : ` (${bytes} bytes at once)`;
  return `The model needs more memory than is available${what}; in a cluster the limit is set by spec.serving.resources.`;
}
