const STRINGS_AND_COMMENTS = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|#[^\n]*/g;

/** What an expression without any series is made of: numbers, operators, and functions that need no series. */
const WITHOUT_SERIES = /^(?:[\s()+*/%^<>=!-]|\.?\d[\w.]*(?![\w.])|\b(?:inf|nan|bool|atan2|time\(\s*\)|pi\(\s*\))(?!\w))+$/i;

/**
 * The query as an instant vector: one that yields a scalar, such as `scalar(…) / 2` or `time() - 60`, is wrapped. Argo Rollouts
 * 1.10.1 hands a scalar to conditions as a number, where `len(result)` is an error, so it could never be judged.
 */
export function asVector(query: string): string {
  // On a line of its own, since the query may end with a comment.
  return isScalar(query) ? `vector(${query}\n)` : query;
}

const isScalar = (query: string): boolean =>
  WITHOUT_SERIES.test(withoutScalarCalls(query.replaceAll(STRINGS_AND_COMMENTS, (text) => (text.startsWith('#') ? '' : '""'))));

/** Each `scalar(…)` as a number. */
function withoutScalarCalls(query: string): string {
  const call = /\bscalar\s*\(/.exec(query);
  if (!call) return query;
  const [before, rest] = [query.slice(0, call.index), query.slice(call.index + call[0].length)];
  let open = 1;
  const end = rest.split(/(?=[()])/).reduce((at, part) => {
    if (open === 0) return at;
    if (part.startsWith('(')) open += 1;
    if (part.startsWith(')')) open -= 1;
    return open === 0 ? at : at + part.length;
  }, 0);
  return open > 0 ? query : withoutScalarCalls(`${before}1${rest.slice(end + 1)}`);
}
