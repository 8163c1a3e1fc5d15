import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { Command } from 'commander';
import { parse } from 'yaml';
import { BUNDLE_FAILURES } from '../../serving/bundle/failure.ts';
import { PROBLEMS } from '../../serving/common/problems.ts';
import { bundleCommand } from '../cli/bundle.ts';
import { addClusterCommands } from '../cli/cluster/commands.ts';
import { addFileCommands } from '../cli/lint/commands.ts';
import type { Crd } from './types.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8');
const decisions = (await readdir(new URL('docs/decisions/', root))).map((name) => `docs/decisions/${name}`);
const PAGES = ['README.md', 'docs/guide.md', 'docs/cli.md', 'docs/reference.md', 'docs/faults.md', 'charts/recommender-operator/README.md', ...decisions];

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

describe('the pages', () => {
  it.each(PAGES)('%s has no broken links', async (page) => {
    expect(await brokenLinks(page)).toEqual([]);
  });

  it.each(['README.md', 'docs/guide.md'])('%s shows resources that the schema accepts', async (page) => {
    const crd = parse(await read('crds/recommendermodels.yaml')) as Crd;
    const schema = crd.spec.versions[0]?.schema.openAPIV3Schema as object;
    const accepts = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    const blocks = [...(await read(page)).matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
    const models = blocks.filter((text) => text.includes('kind: RecommenderModel'));
    expect(models.length).toBeGreaterThan(0);
    for (const text of models) {
      accepts(parse(text.replaceAll('sha256:…', `sha256:${'0'.repeat(64)}`)));
      expect(accepts.errors ?? []).toEqual([]);
    }
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

describe('the user guide', () => {
  it('lists every section at its head, in their order', async () => {
    const [head = '', ...sections] = (await read('docs/guide.md')).split(/^## /m);
    const listed = [...head.matchAll(/^- .*$/gm)].flatMap(([line]) => [...line.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor));
    expect(listed).toEqual(sections.map((section) => anchorOf(section.split('\n')[0] ?? '')));
  });

  it('explains every reason that a condition can carry', async () => {
    const guide = await read('docs/guide.md');
    const files = (await readdir(new URL('operator/plan/', root), { recursive: true })).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.includes('testing/'));
    const sources = await Promise.all(files.map((name) => read(`operator/plan/${name}`)));
    const reasons = sources.flatMap((text) => [...text.matchAll(/reason: '([A-Z][A-Za-z]+)'/g)].map(([, reason = '']) => reason));
    expect(reasons.length).toBeGreaterThan(5);
    const named = (reason: string): boolean => guide.includes(`\`${reason}\``);
    expect([...new Set(reasons)].filter((reason) => !named(reason))).toEqual([]);
    // The others come as the message of ArtifactUnavailable.
    const final = Object.entries(BUNDLE_FAILURES).flatMap(([reason, result]) => (result === 'Invalid' ? [reason] : []));
    expect(final.filter((reason) => !named(reason))).toEqual([]);
  });

  it('explains every rule that decides', async () => {
    const guide = await read('docs/guide.md');
    const crd = await read('crds/modelversions.yaml');
    const rules = /rule:\n.*?enum:\n((?: +- \w+\n)+)/s.exec(crd)?.[1]?.match(/\w+/g) ?? [];
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.filter((rule) => !guide.includes(`\`${rule}\``))).toEqual([]);
  });

  it('explains every error that a caller can meet', async () => {
    const guide = await read('docs/guide.md');
    for (const [code, { status }] of Object.entries(PROBLEMS)) expect(guide).toContain(`| \`${code}\` | ${status} |`);
  });
});
