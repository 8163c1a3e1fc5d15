import { messageOf } from '../telemetry/log.ts';

/** What comes before the words: file, line, and the signature of a C++ function or the condition that did not hold. */
const PLACES: readonly RegExp[] = [
  /\/onnxruntime_src\/\S+:\d+ [^()]*\([^()]*\)(?: const)?(?: \[with [^\]]*\])? /g,
  /^Exception during initialization: /,
  /^\w+\.h:\d+ \w+ /,
  /^[\w.:>-]+ [=!<>]+ [\w.:>-]+ was false\. /,
];
const NODE = /^Non-zero status code returned while running (\w+) node\. Name:'([^']*)' Status Message: (.*)$/s;

/** What onnxruntime 1.30 says → what whoever exported the graph understands. */
const MEANINGS: readonly (readonly [RegExp, (...found: string[]) => string])[] = [
  [/idx=(-?\d+) must be within the inclusive range \[-\d+,(-?\d+)\]/, (index, last) => `it looked up index ${index} in a table with the rows 0 to ${last}`],
  [/\((-?\d+)\) must be in \[0, (\d+)\)/, (index, count) => `it looked up index ${index} in a table with the rows 0 to ${Number(count) - 1}`],
  [/invalid index found, index = (-?\d+)/, (index) => `it looked up index ${index}, which its table does not have`],
  [
    /Can not digest (?:tokenexp|regex): (.*)/,
    (fault) => `a Tokenizer has a regular expression that RE2 cannot read (${fault}): write it without flags and look-around`,
  ],
];

/** The message of an error of onnxruntime in plain words, without a full stop; any other message as it is. */
export function runtimeWords(error: unknown): string {
  const message = messageOf(error).trim();
  const [, operator, name, status] = NODE.exec(message) ?? [];
  const words = meaningOf(status ?? message);
  if (operator === undefined) return words;
  return `${name === '' ? `its ${operator} node` : `the node "${name}" (${operator})`} failed: ${words}`;
}

function meaningOf(status: string): string {
  for (const [pattern, meaning] of MEANINGS) {
    const found = pattern.exec(status);
    if (found !== null) return meaning(...found.slice(1).map((part) => part.trim()));
  }
  return PLACES.reduce((words, place) => words.replace(place, ''), status).trim().replace(/\.$/, '');
}
