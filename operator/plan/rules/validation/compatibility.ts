import type { ContractInput, IdSet, ModelContract } from '../../../../serving/contract/report.ts';
import type { ModelVersion, RecommenderModel, Verdict } from '../../../api/model.ts';
import { coverage } from './coverage.ts';
import { type Fault, type Finding, merged, NOTHING, percent } from './finding.ts';

/**
 * Compares what callers rely on with the champion's record. Without a champion there are no callers to break; a champion
 * without a record is not compared, and the message says so. A report without a contract beside a champion that has one is no
 * pass.
 */
export function compatibility(
  { spec }: RecommenderModel,
  champion: ModelVersion | undefined,
  contract: ModelContract | undefined,
): Finding {
  if (!champion) return NOTHING;
  const { version } = champion.spec;
  const { contract: before } = champion.status ?? {};
  const { validation } = spec.delivery;
  if (!before) {
    return { ...NOTHING, said: [`Its contract was not compared with that of champion ${version}: ${version} has none on record.`] };
  }
  if (!contract) return untold(validation, version);
  const shares = [
    covered({ what: 'items', field: 'minItemCoverage', limit: validation.minItemCoverage }, version, before.items, contract.items),
    covered({ what: 'users', field: 'minUserCoverage', limit: validation.minUserCoverage }, version, before.users, contract.users),
  ];
  const words = vocabularies(validation.minVocabulary, version, before, contract);
  return merged([promises(validation.contract, version, before, contract), ...shares, ...words]);
}

/** The contract is unknown, which passes only if nothing is required of it. */
function untold(
  { contract, minItemCoverage, minUserCoverage }: RecommenderModel['spec']['delivery']['validation'],
  version: string,
): Finding {
  const what = `Its contract was not compared with that of champion ${version}: its report was too long to include one`;
  if (contract === 'Any' && Number(minItemCoverage) === 0 && Number(minUserCoverage) === 0) return { ...NOTHING, said: [`${what}.`] };
  const message =
    `${what}. Use shorter input names, or skip the comparison: set delivery.validation.contract to Any, ` +
    'and minItemCoverage and minUserCoverage to "0".';
  return { ...NOTHING, faults: [{ reason: 'ContractUnknown', message }] };
}

function promises(asked: 'Compatible' | 'Any', version: string, before: ModelContract, after: ModelContract): Finding {
  const broken = brokenPromises(before, after);
  const of = `champion ${version}`;
  if (broken.length === 0) return { ...NOTHING, said: [`Its contract is compatible with that of ${of}${outputsNote(before, after)}.`] };
  const changes = broken.join(', ');
  if (asked === 'Any') {
    return { ...NOTHING, said: [`It changes the contract of ${of}, as delivery.validation.contract allows: ${changes}.`] };
  }
  const message =
    `It breaks the contract that callers of ${of} rely on: ${changes}. If this is intended, ` +
    'set delivery.validation.contract to Any.';
  return { ...NOTHING, faults: [{ reason: 'ContractBroken', message }] };
}

/** What would break for existing requests and responses, as parts of a sentence. */
function brokenPromises(before: ModelContract, after: ModelContract): string[] {
  if (before.task !== after.task) return [`the task is ${after.task} instead of ${before.task}`];
  const newlyRequired = required(after).filter((field) => !required(before).includes(field));
  const isShorter = before.k !== undefined && after.k !== undefined && after.k < before.k;
  return [
    ...before.inputs.flatMap((input) => brokenInput(input, after)),
    ...newlyRequired.map((field) => `every request needs ${field}`),
    ...(isShorter ? [`it returns ${String(after.k)} results instead of ${String(before.k)}`] : []),
  ];
}

function brokenInput(input: ContractInput, after: ModelContract): string[] {
  const now = after.inputs.find(({ name }) => name === input.name);
  const changes = `input "${input.name}"`;
  if (!now) return [`${changes} (${kindOf(input)}) is missing`];
  if (kindOf(now) !== kindOf(input)) return [`${changes} is ${kindOf(now)} instead of ${kindOf(input)}`];
  const isShorter = now.maxLength !== undefined && now.maxLength < (input.maxLength ?? Infinity);
  const before = input.maxLength === undefined ? 'any number' : String(input.maxLength);
  const of = now.type.endsWith('[]') ? 'values' : 'characters';
  return isShorter ? [`${changes} accepts ${String(now.maxLength)} ${of} instead of ${before}`] : [];
}

/** Callers send words for an input with a vocabulary, and values of the type otherwise. */
const kindOf = ({ type, from, vocabulary }: ContractInput): string =>
  `${type} from ${from}${vocabulary === undefined ? '' : ' by vocabulary'}`;

const required = ({ inputs }: ModelContract): string[] => inputs.flatMap((input) => (input.required ? [input.from] : []));

/** Only those who send tensors meet the names of outputs. */
function outputsNote(before: ModelContract, after: ModelContract): string {
  const gone = before.outputs.filter((name) => !after.outputs.includes(name));
  return gone.length === 0 ? '' : `, but its outputs are now ${after.outputs.join(' and ')} instead of ${before.outputs.join(' and ')}`;
}

interface Asked {
  what: 'items' | 'users';
  field: string;
  /** Share, 0 to 1. */
  limit: string;
}

function covered({ what, field, limit }: Asked, version: string, before: IdSet | undefined, after: IdSet | undefined): Finding {
  // Nobody is known by name there, or the input is gone, which is checked by the contract.
  if (!before || before.count === 0 || !after) return NOTHING;
  const found = coverage(before, after);
  if (!found) {
    return {
      ...NOTHING,
      said: [
        `How many of champion ${version}'s ${what} it covers cannot be estimated: ` +
          `it has ${String(after.count)} and the champion ${String(before.count)}.`,
      ],
    };
  }
  const holds = found.share >= Number(limit);
  const share = `${found.isExact || found.share === 1 ? '' : 'about '}${percent(found.share)}`;
  const counts = `${String(after.count)} ${what}, ${String(before.count)} before`;
  const evidence: Verdict = {
    metric: `${what === 'items' ? 'item' : 'user'}-coverage`,
    estimate: String(Number(found.share.toPrecision(3))),
    threshold: limit,
    verdict: holds ? 'Pass' : 'Fail',
  };
  const covers = `It covers ${share} of the ${what} of champion ${version} (${counts})`;
  const fault: Fault = {
    reason: 'CoverageShrunk',
    message: `${covers}; delivery.validation.${field} requires ${percent(Number(limit))}.`,
  };
  return { said: [`${covers}.`], evidence: [evidence], faults: holds ? [] : [fault] };
}

/**
 * Inputs whose vocabulary has changed in size. Users are compared one by one, and an input that is gone is checked by the
 * contract.
 */
function vocabularies(limit: string, version: string, before: ModelContract, after: ModelContract): Finding[] {
  return before.inputs.flatMap(({ name, from, vocabulary: then }): Finding[] => {
    const now = after.inputs.find((each) => each.name === name)?.vocabulary;
    if (from === 'user_id' || then === undefined || now === undefined || now === then) return [];
    const changes = `The vocabulary of its input "${name}" has ${String(now)} words, that of champion ${version} ${String(then)}`;
    if (now >= then * Number(limit)) return [{ ...NOTHING, said: [`${changes}.`] }];
    return [
      {
        ...NOTHING,
        faults: [
          { reason: 'CoverageShrunk', message: `${changes}; delivery.validation.minVocabulary requires ${percent(Number(limit))}.` },
        ],
      },
    ];
  });
}
