/** Names of values that a node may use, in a graph and the graphs around it. */
export interface Scope {
  /** Whether a value of this name exists by now. */
  has(name: string): boolean;
  add(name: string): void;
  /** A node's output, which nothing may have been called before. @returns false when something was */
  define(name: string): boolean;
}

export function createScope(outer?: Scope): Scope {
  const names = new Set<string>();
  const define = (name: string) => names.size < names.add(name).size;
  return {
    has: (name) => names.has(name) || (outer?.has(name) ?? false),
    add: (name) => void names.add(name),
    define,
  };
}
