import {
  CONTRACT_SAMPLE,
  type ContractInput,
  type IdSet,
  type LoadFigures,
  type ModelContract,
  type ValidationReport,
} from '../../../serving/contract/report.ts';

type Fields = Record<string, unknown>;

const MOST_INPUTS = 16;
const MOST_OUTPUTS = 4;
const LONGEST_NAME = 200;
const MOST_LINEAGE = 50;
const LONGEST_LINEAGE = 1024;
const LONGEST_SENTENCE = 1000;
/** Characters of base64 for four bytes a hash. */
const LONGEST_SAMPLE = Math.ceil((CONTRACT_SAMPLE * 4) / 3) * 4;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Pods can write anything into their termination message: what cannot be parsed as a report is ignored. */
export function readReport(text: string | undefined): ValidationReport | undefined {
  if (text === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return isReport(parsed) ? withoutForgeries(parsed) : undefined;
  } catch {
    return undefined;
  }
}

function isReport(value: unknown): value is ValidationReport {
  if (!isFields(value)) return false;
  const { result, reason, message } = value;
  const known = result === 'Passed' || result === 'Invalid' || result === 'Unavailable';
  return known && typeof reason === 'string' && typeof message === 'string';
}

/** What is invalid is left out: the ModelVersion could not hold it. */
function withoutForgeries(report: ValidationReport): ValidationReport {
  const { contract, load, lineage, batchDependence, ...rest } = report;
  return {
    ...rest,
    ...(isLineage(lineage) ? { lineage } : {}),
    ...(isContract(contract) ? { contract: known(contract) } : {}),
    ...(isLoad(load) ? { load } : {}),
    ...(isName(batchDependence, LONGEST_SENTENCE) ? { batchDependence } : {}),
  };
}

const isLineage = (value: unknown): value is Record<string, string> =>
  isFields(value) && Object.keys(value).length <= MOST_LINEAGE && Object.values(value).every((each) => isName(each, LONGEST_LINEAGE));

function isLoad(value: unknown): value is LoadFigures {
  if (!isFields(value)) return false;
  const { requestsPerSecond, requests, failed, p50Ms, p99Ms, memoryBytes, memoryGrowthBytes } = value;
  const isDuration = (each: unknown) => typeof each === 'number' && each >= 0 && Number.isFinite(each);
  return (
    [requestsPerSecond, requests, failed, memoryBytes].every(isCount) &&
    Number.isSafeInteger(memoryGrowthBytes) &&
    [p50Ms, p99Ms].every(isDuration)
  );
}

function isContract(value: unknown): value is ModelContract {
  if (!isFields(value)) return false;
  const { task, inputs, outputs, k, items, users } = value;
  const named = isName(task) && isList(inputs, MOST_INPUTS, isInput) && isList(outputs, MOST_OUTPUTS, isName);
  return named && isSet(items) && (k === undefined || isCount(k)) && (users === undefined || isSet(users));
}

function isInput(value: unknown): value is ContractInput {
  if (!isFields(value)) return false;
  const { name, from, type, required, vocabulary, maxLength } = value;
  const counted = [vocabulary, maxLength].every((each) => each === undefined || isCount(each));
  return [name, from, type].every((each) => isName(each)) && typeof required === 'boolean' && counted;
}

function isSet(value: unknown): value is IdSet {
  return isFields(value) && isCount(value['count']) && isName(value['sample'], LONGEST_SAMPLE) && BASE64.test(value['sample']);
}

/** Only the fields that the schema of ModelVersions has. */
function known({ task, inputs, outputs, k, items, users }: ModelContract): ModelContract {
  return {
    task,
    inputs: inputs.map(({ name, from, type, required, vocabulary, maxLength }) => ({
      name,
      from,
      type,
      required,
      ...(vocabulary === undefined ? {} : { vocabulary }),
      ...(maxLength === undefined ? {} : { maxLength }),
    })),
    outputs,
    ...(k === undefined ? {} : { k }),
    items: idSet(items),
    ...(users === undefined ? {} : { users: idSet(users) }),
  };
}

const idSet = ({ count, sample }: IdSet): IdSet => ({ count, sample });
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isName = (value: unknown, longest = LONGEST_NAME): value is string => typeof value === 'string' && value.length <= longest;
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isList = (value: unknown, most: number, isElement: (element: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length <= most && value.every((element: unknown) => isElement(element));
