import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { isPlainPath } from '../../../serving/bundle/paths.ts';
import { decodeText } from '../../../serving/bundle/text.ts';
import { CliFailure } from '../terminal/failure.ts';

/** The fields of an MLmodel file that are read here, https://mlflow.org/docs/latest/ml/model/#mlmodel-file. */
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

interface MlflowModel {
  /** Path of the graph. */
  graphFile: string;
  lineage: { parameters: Record<string, unknown>; trainedAt?: string };
}

/**
 * Reads a folder that `mlflow.onnx.save_model` or `log_model` wrote.
 * @throws CliFailure when it is not one, or has no ONNX flavor
 */
export async function readMlflow(dir: string): Promise<MlflowModel> {
  const file = join(dir, 'MLmodel');
  if (!existsSync(file)) throw new CliFailure(`${dir} is not an MLflow model: it has no MLmodel file.`);
  const parsed = MlModel.safeParse(parsedYaml(decodeText(await readFile(file), file)));
  if (!parsed.success) throw new CliFailure(`${file} is not a valid MLmodel file.`);
  const model = parsed.data;
  const flavor = OnnxFlavor.safeParse(model.flavors['onnx']);
  if (!flavor.success) {
    const others = Object.keys(model.flavors).join(', ');
    throw new CliFailure(`${dir} has no ONNX flavor, only ${others}: export the model to ONNX and log it with mlflow.onnx.log_model.`);
  }
  if (!isPlainPath(flavor.data.data)) throw new CliFailure(`The graph that ${file} names is not a plain path inside ${dir}.`);
  const graphFile = graphIn(join(dir, flavor.data.data), dir);
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
  if (found === undefined) throw new CliFailure(`The graph that ${join(dir, 'MLmodel')} names does not exist.`);
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
