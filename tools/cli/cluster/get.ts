import { setTimeout as pause } from 'node:timers/promises';

import { isForPrograms, type Output, printed, show, type Shown } from '../output.ts';
import { table } from '../table.ts';
import { age } from './ages.ts';
import { type Api, type Where, withApi } from './api.ts';
import { orBefore } from './ask.ts';
import { type Paint, paintFor } from './paint.ts';
import { drawing } from './screen.ts';
import type { Model } from './seen.ts';
import { messageOf, treeOf } from './tree.ts';

export interface GetOptions extends Where, Shown {
  watch?: boolean;
}

const LOOK_AGAIN_MS = 1000;

/** `get [NAME]`: one model as a tree, or all of the namespace as a table. */
export function get(name: string | undefined, options: GetOptions): Promise<void> {
  const paint = paintFor(process.stdout, process.env);
  return withApi(options, (api) => (options.watch ? watch(api, name, options, paint) : showOnce(api, name, options, paint)));
}

const read = async (api: Api, name: string | undefined) => (name === undefined ? api.models() : [await api.model(name)]);

async function peersOf(api: Api, { metadata, spec: { group } }: Model): Promise<Model[]> {
  return group === undefined ? [] : (await api.models()).filter((each) => each.spec.group === group && each.metadata.name !== metadata.name);
}

async function showOnce(api: Api, name: string | undefined, { output }: GetOptions, paint: Paint): Promise<void> {
  const models = await read(api, name);
  await show(output, name === undefined ? models : models[0], () => shown(api, models, { name, output, paint }));
}

interface Showing {
  name: string | undefined;
  output: Output | undefined;
  paint: Paint;
}

async function shown(api: Api, models: Model[], { name, output, paint }: Showing): Promise<string> {
  const [only] = models;
  if (name !== undefined && only && output !== 'table') return treeOf(only, Date.now(), paint, await orBefore(() => peersOf(api, only), []));
  return models.length === 0 ? `No RecommenderModels in namespace ${api.namespace}.` : modelTable(models, Date.now());
}

export function modelTable(models: readonly Model[], now: number): string {
  const rows = models.map((model) => {
    const { metadata, spec, status } = model;
    const weight = status?.candidate?.weight;
    return [
      metadata.name,
      spec.release.version,
      status?.champion?.version ?? '-',
      status?.candidate?.version ?? '-',
      weight === undefined ? '-' : `${weight}%`,
      status?.phase ?? '-',
      age(metadata.creationTimestamp, now),
      messageOf(model),
    ];
  });
  return table([['NAME', 'WISH', 'CHAMPION', 'CANDIDATE', 'WEIGHT', 'PHASE', 'AGE', 'MESSAGE'], ...rows]);
}

/** On a terminal the picture is drawn anew; in a pipe each change is a line, or an object where that is asked for. */
async function watch(api: Api, name: string | undefined, { output }: GetOptions, paint: Paint): Promise<void> {
  const drawn = process.stdout.isTTY && !isForPrograms(output);
  const last = new Map<string, string>();
  let models = await read(api, name);
  for (;;) {
    if (drawn) process.stdout.write(drawing(await shown(api, models, { name, output, paint }), process.stdout));
    else for (const model of models) tellChange(model, last, output);
    await pause(LOOK_AGAIN_MS);
    models = await orBefore(() => read(api, name), models);
  }
}

function tellChange(model: Model, last: Map<string, string>, output: Output | undefined): void {
  const { name, resourceVersion = '' } = model.metadata;
  const line = changeLine(model);
  const seen = isForPrograms(output) ? resourceVersion : line;
  if (last.get(name) === seen) return;
  last.set(name, seen);
  if (output === 'yaml') console.log(`---\n${printed(model, output)}`);
  else console.log(output === 'json' ? JSON.stringify(JSON.parse(printed(model, output))) : `${new Date().toISOString().slice(0, 19)}Z ${line}`);
}

/** One line that changes when anything of note does, e.g. `books Canary champion=1.0.0 candidate=2.0.0 weight=10% …`. */
export function changeLine(model: Model): string {
  const { champion, candidate, phase = 'Unknown' } = model.status ?? {};
  const running = candidate ? ` candidate=${candidate.version} weight=${candidate.weight ?? 0}%` : '';
  return `${model.metadata.name} ${phase} champion=${champion?.version ?? '-'}${running}: ${messageOf(model)}`;
}
