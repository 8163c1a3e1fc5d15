import { z } from 'zod';
import { isPlainPath } from './paths.ts';

export const FileName = z.string().refine(isPlainPath, {
  error: 'must be a plain relative path of letters, digits, ".", "_", "-" and "/", without ".." or a leading "."',
});

/** Name of an input or output of a graph. */
export const TensorName = z.string().min(1).max(200);
