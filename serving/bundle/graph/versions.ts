import { BundleFailure } from '../failure.ts';

/** The highest version of the file format, and of the operators by domain, that onnxruntime 1.30 loads. */
export const NEWEST = { ir: 13, opsets: { 'ai.onnx': 26, 'ai.onnx.ml': 5 } as Readonly<Record<string, number>> };

/** What a graph says of the versions it is written for. */
interface Versions {
  irVersion: number;
  opsets: Readonly<Record<string, number>>;
}

/** Why a graph that is newer than the runtime is refused, and what to tell its exporter; undefined for an older one. */
export function versionFailure(versions: Versions, name: string): BundleFailure | undefined {
  const faults = versionFaults(versions);
  if (faults.length === 0) return undefined;
  return new BundleFailure('GraphInvalid', `"${name}" is newer than this runtime: ${faults.join('; ')}.`);
}

function versionFaults({ irVersion, opsets }: Versions): string[] {
  const domains = Object.entries(NEWEST.opsets).flatMap(([domain, most]) => {
    const version = opsets[domain] ?? 0;
    return version > most ? [`it uses opset ${version} of ${domain}, and at most ${most} can be read: ${OPSET_REMEDY}`] : [];
  });
  if (irVersion <= NEWEST.ir) return domains;
  return [...domains, `it has IR version ${irVersion}, and at most ${NEWEST.ir} can be read: ${IR_REMEDY}`];
}

const OPSET_REMEDY = 'set opset_version of torch.onnx.export, target_opset of skl2onnx or opset_imports of onnx.helper.make_model';
const IR_REMEDY = `set model.ir_version = ${NEWEST.ir} before it is saved, or ir_version of onnx.helper.make_model`;
