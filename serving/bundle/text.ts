import { isUtf8 } from 'node:buffer';
import { BundleFailure } from './failure.ts';
import { MANIFEST_NAME } from './paths.ts';

const BYTE_ORDER_MARK = Buffer.from('\ufeff');
const NEWLINE = 0x0a;
const REMEDY = 'save it as UTF-8, in Python with open(…, "w", encoding="utf-8")';

/**
 * The text of a file, without the byte order mark that Excel and PowerShell put in front. Bytes that are not UTF-8 are
 * refused: replaced by U+FFFD they would be in every answer, and an id with them would never be asked for.
 * @param name of the file, for messages
 * @throws BundleFailure `ContentInvalid`, for bundle.yaml `ManifestInvalid`
 */
export function decodeText(bytes: Buffer, name: string): string {
  const refuse = (why: string) => new BundleFailure(name === MANIFEST_NAME ? 'ManifestInvalid' : 'ContentInvalid', `${name} ${why}: ${REMEDY}.`);
  if (isUtf16(bytes)) throw refuse('is UTF-16, not UTF-8');
  if (!isUtf8(bytes)) throw refuse(`is not UTF-8 (line ${faultyLine(bytes)})`);
  const isMarked = bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  return bytes.toString('utf8', isMarked ? BYTE_ORDER_MARK.length : 0);
}

/** By its byte order mark, or by the zero byte that the first character of any JSON or YAML has in UTF-16. */
function isUtf16([first, second]: Buffer): boolean {
  if (first === undefined || second === undefined) return false;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0;
}

/** The first line that is not UTF-8: no character of UTF-8 but the newline itself has its byte. */
function faultyLine(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; ; line += 1) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}
