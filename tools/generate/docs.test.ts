import { existsSync, globSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { Command } from 'commander';
import { parse } from 'yaml';
import { BUNDLE_FAILURES } from '../../serving/bundle/failure.ts';
import { BUNDLE_API_VERSION, BundleManifest, namedFiles } from '../../serving/bundle/manifest.ts';
import { PROBLEMS } from '../../serving/common/problems.ts';
import { bundleCommand } from '../cli/bundle/commands.ts';
import { addClusterCommands } from '../cli/cluster/commands.ts';
import { addFileCommands } from '../cli/lint/commands.ts';
import type { Crd } from './types.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8');
const below = async (folder: string): Promise<string[]> =>
  (await readdir(new URL(folder, root), { recursive: true })).filter((name) => name.endsWith('.md')).map((name) => `${folder}${name}`);
const FRONT = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'charts/recommender-operator/README.md'];
const DOCS = await below('docs/');
const PAGES = [...FRONT, ...DOCS, ...(await below('examples/'))];
/** Generated, or a list of addresses. */
const isWritten = (page: string): boolean => !['docs/reference.md', 'docs/guide.md'].includes(page);
/** What a user reads to learn what something means. */
const MANUAL = DOCS.filter((page) => isWritten(page) && !page.startsWith('docs/decisions/'));
const manual = (await Promise.all(MANUAL.map(read))).join('\n');

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string): string => heading.toLowerCase().replaceAll(/[^\p{L}\p{N} -]/gu, '').replaceAll(' ', '-');

/** Targets of relative links that lead nowhere. */
async function brokenLinks(page: string): Promise<string[]> {
  const targets = [...(await read(page)).replaceAll(/`[^`]*`/g, '').matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, target = '']) => target);
  const checked = targets.map(async (target) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : new URL(path, new URL(page, root)).pathname.slice(root.pathname.length);
    if (!existsSync(new URL(file, root))) return [target];
    const headings = anchor === undefined ? [] : [...(await read(file)).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => anchorOf(text));
    return anchor === undefined || headings.includes(anchor) ? [] : [target];
  });
  return (await Promise.all(checked)).flat();
}

/** RecommenderModels that a page shows. */
const modelsOf = (text: string): string[] =>
  [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block = '']) => block).filter((block) => /^kind: RecommenderModel$/m.test(block));
const shown = await Promise.all(PAGES.map(async (page) => ({ page, models: modelsOf(await read(page)).length })));
const RESOURCES = shown.flatMap(({ page, models }) => (models > 0 ? [page] : []));

/** Lines of prose that are too long to read in a diff; tables, program text, addresses of links and what a benchmark writes are wide by nature. */
const longLines = (text: string): string[] =>
  text
    .replaceAll(/^```.*?^```/gms, '')
    .replaceAll(/<!-- figures -->.*?<!-- end of figures -->/gs, '')
    .split('\n')
    .filter((line) => line.replaceAll(/\]\([^)]*\)/g, ']').length > 120 && !line.startsWith('|'));

describe('the pages', () => {
  it.each(PAGES)('%s has no broken links', async (page) => {
    expect(await brokenLinks(page)).toEqual([]);
  });

  it.each(PAGES.filter(isWritten))('%s names only files that there are', async (page) => {
    const named = (await read(page)).matchAll(/`((?:operator|serving|tools|tests|examples|crds|charts|manifests|docs)\/[^`\s]*)`/g);
    const paths = [...named].map(([, path = '']) => path);
    expect(paths.filter((path) => globSync(path, { cwd: root.pathname }).length === 0)).toEqual([]);
  });

  it.each(PAGES.filter(isWritten))('%s has no lines of prose over 120 characters', async (page) => {
    expect(longLines(await read(page))).toEqual([]);
  });

  it('show a RecommenderModel wherever one is described', () => {
    expect(RESOURCES).toEqual(expect.arrayContaining(['README.md', 'docs/bundles.md', 'docs/releasing.md', 'docs/strategies.md', 'docs/securing.md', 'docs/cache.md']));
  });

  it.each(RESOURCES)('%s shows resources that the schema accepts', async (page) => {
    const crd = parse(await read('crds/recommendermodels.yaml')) as Crd;
    const schema = crd.spec.versions[0]?.schema.openAPIV3Schema as object;
    const accepts = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    for (const text of modelsOf(await read(page))) {
      accepts(parse(text.replaceAll('sha256:…', `sha256:${'0'.repeat(64)}`)));
      expect(accepts.errors ?? []).toEqual([]);
    }
  });
});

describe('drafts of a bundle', () => {
  const drafts = PAGES.map(async (page) => {
    const blocks = [...(await read(page)).matchAll(/```yaml\n(# bundle\.yaml.*?)```/gs)];
    return blocks.map(([, block = '']) => [page, parse(block) as Partial<BundleManifest>] as const);
  });

  it('are manifests once files and names are filled in, with each source of an input and each task', async () => {
    const shown = (await Promise.all(drafts)).flat();
    for (const [page, draft] of shown) {
      const files = { graph: 'model.onnx', golden: 'golden.jsonl', items: 'items.jsonl', fallback: 'popular.json' };
      const manifest = { apiVersion: BUNDLE_API_VERSION, ...files, ...draft } as BundleManifest;
      const listed = namedFiles(manifest).map((path) => ({ path, size: 1, sha256: '0'.repeat(64) }));
      expect([page, BundleManifest.safeParse({ ...manifest, files: listed }).error?.issues]).toEqual([page, undefined]);
    }
    const sources = new Set(shown.flatMap(([, { inputs = [] }]) => inputs.map(({ from }) => from.replace(/^context\..*/, 'context'))));
    expect([...sources].toSorted()).toEqual(['context', 'history', 'length', 'mask', 'user_id']);
  });
});

describe('the page of the command line', () => {
  const program = new Command();
  addClusterCommands(program);
  addFileCommands(program);
  const commands = [
    ...program.commands.map((command): [string, Command] => [command.name(), command]),
    ...bundleCommand().commands.map((command): [string, Command] => [`bundle ${command.name()}`, command]),
  ];
  const optionsIn = (text: string): string[] => (text.match(/`--?[a-z][a-z-]*`/g) ?? []).map((each) => each.slice(1, -1));

  it.each(commands)('has %s in its table, with each of its options and no other', async (name, command) => {
    const lines = (await read('docs/cli.md')).split('\n');
    const row = lines.find((line) => line.startsWith('|') && line.split('|')[1]?.includes(`\`${name}\``));
    expect(row).toBeDefined();
    const options = command.options.flatMap(({ short, long }) => [short ?? [], long ?? []].flat());
    // What chooses the cluster is told once for all.
    const common = options.includes('--context') ? (lines.find((line) => line.includes('`--context`')) ?? '') : '';
    expect(optionsIn(`${row ?? ''}${common}`).toSorted()).toEqual(options.toSorted());
  });
});

/** Headings of the guide when it was one page; links to them are in other people's notes. */
const OLD_ANCHORS = `
  user-guide write-a-bundle bring-your-model scikit-learn implicit pytorch mlflow try-it-on-your-machine publish-and-release-what-you-packed
  publish-it apply call-the-model send-tensors watch-a-release why-something-was-decided routers how-a-step-passes when-a-version-is-rejected
  versions-on-record after-a-promotion go-back-to-a-good-version validation blue-green a-champion-that-stands-by be-told-of-releases
  shadow-a-version-first gates-before-a-version-starts release-models-together steer-a-release change-serving-settings bundles-in-s3
  protect-the-service api-keys tokens rate-limit web-pages access-log cache delete traces-and-metrics prometheus network troubleshooting
`.trim().split(/\s+/);

describe('the guide of before', () => {
  it('has every heading it had, each with a link to where its text is now', async () => {
    const [, ...sections] = (await read('docs/guide.md')).split(/^#+ /m);
    const links = sections.map((section): [string, string[]] => {
      const [heading = '', ...text] = section.split('\n');
      return [anchorOf(heading), [...text.join('\n').matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target)];
    });
    expect(links.map(([anchor]) => anchor).toSorted()).toEqual(OLD_ANCHORS.toSorted());
    expect(links.filter(([, targets]) => targets.length !== 1)).toEqual([]);
  });
});

describe('the manual', () => {
  it('has every page in its index', async () => {
    const index = await read('docs/index.md');
    const listed = [...index.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => new URL(target, new URL('docs/', root)).pathname.slice(root.pathname.length));
    const records = (page: string): boolean => page.startsWith('docs/decisions/') && page !== 'docs/decisions/README.md';
    expect(DOCS.filter((page) => page !== 'docs/index.md' && !records(page) && !listed.includes(page))).toEqual([]);
  });

  it('has every record in the list of decisions', async () => {
    const list = await read('docs/decisions/README.md');
    expect(DOCS.filter((page) => /decisions\/\d/.test(page) && !list.includes(`](${page.slice('docs/decisions/'.length)})`))).toEqual([]);
  });

  it('explains every reason that a condition can carry', async () => {
    const files = (await readdir(new URL('operator/plan/', root), { recursive: true })).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.includes('testing/'));
    const sources = await Promise.all(files.map((name) => read(`operator/plan/${name}`)));
    const reasons = sources.flatMap((text) => [...text.matchAll(/reason: '([A-Z][A-Za-z]+)'/g)].map(([, reason = '']) => reason));
    expect(reasons.length).toBeGreaterThan(5);
    const named = (reason: string): boolean => manual.includes(`\`${reason}\``);
    expect([...new Set(reasons)].filter((reason) => !named(reason))).toEqual([]);
    // The others come as the message of ArtifactUnavailable.
    const final = Object.entries(BUNDLE_FAILURES).flatMap(([reason, result]) => (result === 'Invalid' ? [reason] : []));
    expect(final.filter((reason) => !named(reason))).toEqual([]);
  });

  it('explains every rule that decides', async () => {
    const crd = await read('crds/modelversions.yaml');
    const rules = /rule:\n.*?enum:\n((?: +- \w+\n)+)/s.exec(crd)?.[1]?.match(/\w+/g) ?? [];
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.filter((rule) => !manual.includes(`\`${rule}\``))).toEqual([]);
  });

  it('explains every error that a caller can meet', async () => {
    const calling = await read('docs/calling.md');
    for (const [code, { status }] of Object.entries(PROBLEMS)) expect(calling).toContain(`| \`${code}\` | ${status} |`);
  });
});
