import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { isPlainPath } from '../../../serving/bundle/paths.ts';
import { CliFailure } from '../terminal/failure.ts';

/** The fields of an MLmodel file that matter here, https://mlflow.org/docs/latest/ml/model/#mlmodel-file. */
const MlModel = z.looseObject({
  flavors: z.record(z.string(), z.unknown()),
  mlflow_version: z.string().optional(),
  run_id: z.string().nullish(),
  model_id: z.string().nullish(),
  model_uuid: z.string().nullish(),
  /** `2026-11-02 06:00:00.123456`, in UTC. */
  utc_time_created: z.coerce.string().optional(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});
const OnnxFlavor = z.looseObject({ data: z.string().default('model.onnx'), onnx_version: z.string().optional() });

export interface MlflowModel {
  /** Path of the graph. */
  graphFile: string;
  lineage: { parameters: Record<string, unknown>; trainedAt?: string };
}

/**
 * Reads a folder that `mlflow.onnx.save_model` or `log_model` wrote.
 * @throws CliFailure when it is none, or of another flavour
 */
export async function readMlflow(dir: string): Promise<MlflowModel> {
  const file = join(dir, 'MLmodel');
  if (!existsSync(file)) throw new CliFailure(`${dir} is no MLflow model: it holds no file MLmodel.`);
  const parsed = MlModel.safeParse(parsedYaml(await readFile(file, 'utf8')));
  if (!parsed.success) throw new CliFailure(`${file} does not read as the description of an MLflow model.`);
  const model = parsed.data;
  const flavour = OnnxFlavor.safeParse(model.flavors['onnx']);
  if (!flavour.success) {
    const others = Object.keys(model.flavors).join(', ');
    throw new CliFailure(`${dir} has no ONNX flavour, only ${others}: export the model to ONNX and log it with mlflow.onnx.log_model.`);
  }
  if (!isPlainPath(flavour.data.data)) throw new CliFailure(`${file} names a graph by what is no plain path inside ${dir}.`);
  const graphFile = graphIn(join(dir, flavour.data.data), dir);
  const { run_id, model_id, model_uuid, mlflow_version, metadata } = model;
  const identity = Object.entries({ run_id, model_id, model_uuid, mlflow_version }).filter(([, value]) => typeof value === 'string');
  const parameters = { mlflow: Object.fromEntries(identity), ...(metadata && { metadata }) };
  const trainedAt = utc(model.utc_time_created);
  return { graphFile, lineage: { parameters, ...(trainedAt !== undefined && { trainedAt }) } };
}

/** Older versions of MLflow name the folder that holds model.onnx. */
function graphIn(path: string, dir: string): string {
  const candidates = [path, join(path, 'model.onnx')].filter((candidate) => candidate.endsWith('.onnx'));
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) throw new CliFailure(`${dir} lacks the graph that its MLmodel names.`);
  return found;
}

function parsedYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    return undefined;
  }
}

function utc(text: string | undefined): string | undefined {
  const date = new Date(`${text?.replace(' ', 'T')}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
