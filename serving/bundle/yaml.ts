import { type Document, isMap, isScalar, parseDocument, visit } from 'yaml';
import { BundleFailure } from './failure.ts';

/**
 * Parses YAML that nobody vouches for. Aliases are refused, since a few bytes could unfold to gigabytes.
 * @param name of the file, for messages
 * @throws BundleFailure `ManifestInvalid`
 */
export function parseYaml(text: string, name: string): unknown {
  try {
    // The parser's own check of keys compares each with each.
    const document = parseDocument(text, { uniqueKeys: false });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    refuseRepeatedKeys(document);
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    const [firstLine] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new BundleFailure('ManifestInvalid', `${name} is not valid YAML: ${firstLine?.replace(/:$/, '')}.`, error);
  }
}

function refuseRepeatedKeys(document: Document.Parsed): void {
  visit(document, (_key, node) => {
    if (!isMap(node)) return;
    const seen = new Set<unknown>();
    for (const { key } of node.items) {
      const name: unknown = isScalar(key) ? key.value : key;
      if (seen.has(name)) throw new Error(`the key ${JSON.stringify(name)} appears twice`);
      seen.add(name);
    }
  });
}
