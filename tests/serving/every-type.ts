import { ITEMS, USERS } from '../../serving/testing/tiny-model.ts';
import { sealedBundle, TINY_MANIFEST } from '../../serving/testing/tiny-bundle.ts';
import type { TinyBundle } from '../../serving/testing/tiny-bundle.ts';
import { node, onnxFile, tensor } from '../../serving/testing/tiny-onnx.ts';
import type { TinyShape, TinyType } from '../../serving/testing/tiny-onnx.ts';

/** Element types that graphs can be given, and the columns of their inputs. */
const TYPES = {
  float: 2, double: 2, float16: 2, int8: 2, int16: 2, int32: 2, int64: 2, uint8: 2, uint16: 2, uint32: 2, uint64: 2, bool: 1, string: 1,
} as const satisfies Partial<Record<TinyType, number>>;

type Names = keyof typeof TYPES;
const names = Object.keys(TYPES) as Names[];
const shapeOf = (type: Names): TinyShape => ['batch', TYPES[type]];

/** Scores users like the tiny model, and passes a tensor of every type from `in_TYPE` to `out_TYPE`. */
function model(): Uint8Array {
  const factors = Array.from({ length: USERS * ITEMS }, (_, index) => index / 100);
  const passed = Object.fromEntries(names.map((type) => [`out_${type}`, [type, shapeOf(type)] as const]));
  return onnxFile({
    inputs: { user: ['int64', ['batch']], ...Object.fromEntries(names.map((type) => [`in_${type}`, [type, shapeOf(type)] as const])) },
    outputs: { scores: ['float', ['batch', ITEMS]], ...passed },
    nodes: [
      node('Gather', ['factors', 'user'], ['scores']),
      ...names.map((type) => node('Identity', [`in_${type}`], [`out_${type}`])),
    ],
    tensors: [tensor('factors', 'float', [USERS, ITEMS], factors)],
  });
}

function defaultOf(type: Names): number[] | string | boolean {
  if (type === 'string') return '';
  return type === 'bool' ? false : [0, 0];
}

/** A bundle whose graph takes and gives tensors of every type. */
export function everyTypeBundle(): Promise<TinyBundle> {
  const [user] = TINY_MANIFEST.inputs;
  const context = names.map((type) => ({ name: `in_${type}`, from: `context.${type}` as const, default: defaultOf(type) }));
  const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const golden = { request: { user_id: 'u0', k: 1 }, response: { items: [{ id: 'i4', score: 0.04 }] } };
  return sealedBundle(
    { ...TINY_MANIFEST, task: 'user-to-items', inputs: [user!, ...context], outputs: { scores: 'scores' } } as typeof TINY_MANIFEST,
    {
      'model.onnx': model(),
      'users.json': JSON.stringify(ids('u', USERS)),
      'items.jsonl': ids('i', ITEMS).map((id) => `${JSON.stringify({ id })}\n`).join(''),
      'popular.json': JSON.stringify(ids('i', ITEMS)),
      'golden.jsonl': `${JSON.stringify(golden)}\n`,
    },
  );
}
