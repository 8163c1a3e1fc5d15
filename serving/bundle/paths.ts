/** Name of the manifest, the one file of a bundle that the manifest does not list. */
export const MANIFEST_NAME = 'bundle.yaml';

const MAX_PATH_LENGTH = 200;
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/**
 * Whether `path` is a plain relative name such as `graphs/model.onnx`. The alphabet leaves no room for `..`, absolute
 * or hidden names, backslashes, NUL, percent-encoding or look-alike characters, so the same text can be a URL path and
 * a file name without any escaping.
 */
export function isPlainPath(path: string): boolean {
  return path.length <= MAX_PATH_LENGTH && path.split('/').every((segment) => SEGMENT.test(segment));
}
