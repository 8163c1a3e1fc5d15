import { z } from 'zod';
import { isPlainPath } from './paths.ts';

export const FileName = z.string().refine(isPlainPath, {
  error: 'must be a plain relative path: letters, digits, ".", "_", "-" and "/", no ".." and no leading "."',
});

/** Name of an input or output of a graph. */
export const TensorName = z.string().min(1).max(200);
