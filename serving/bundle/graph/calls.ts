import { type GraphReading, MAX_NODES } from './reading.ts';

/** The nodes of one graph, subgraphs included, or of one function. */
export interface Body {
  nodes: number;
  /** Operator → how many of the nodes are of it. */
  operators: Map<string, number>;
}

export function emptyBody(): Body {
  return { nodes: 0, operators: new Map() };
}

/** Identifies an operator or a function. The domain of the standard operators has two spellings. */
export function operatorKey(domain: string, type: string, overload: string): string {
  return [domain === 'ai.onnx' ? '' : domain, type, overload].join('\n');
}

/**
 * Counts the nodes that `main` has once each call of a function is replaced by that function's nodes, as the runtime
 * does when it loads a graph. Ten functions that each call the next ten times would make ten billion.
 * @throws BundleFailure for functions that call each other in circles, and above MAX_NODES
 */
export function checkUnfoldedNodes(main: Body, functions: ReadonlyMap<string, Body>, { refuse }: GraphReading): void {
  const known = new Map<Body, number>();
  const open = new Set<Body>();

  function unfolded(body: Body): number {
    const found = known.get(body);
    if (found !== undefined) return found;
    if (open.has(body)) throw refuse('its functions call each other recursively');
    open.add(body);
    let { nodes } = body;
    for (const [operator, count] of body.operators) {
      const called = functions.get(operator);
      if (called !== undefined) nodes += count * unfolded(called);
    }
    open.delete(body);
    known.set(body, nodes);
    return nodes;
  }

  const nodes = [main, ...functions.values()].map(unfolded)[0] ?? 0;
  if (nodes > MAX_NODES) throw refuse(`it has more than ${MAX_NODES} nodes once its functions are unfolded`);
}
