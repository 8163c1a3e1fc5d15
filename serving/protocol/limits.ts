/** Bounds of `POST /v2/models/NAME/infer`; all of them are in the OpenAPI document and in the guide. */

/** Largest body, JSON and binary tensors together, bytes. */
export const MAX_INFER_BODY = 16 * 1024 * 1024;

/** Largest JSON part, bytes: it is parsed on the event loop, which larger tensors in binary form are not. */
export const MAX_INFER_JSON = 512 * 1024;

/** Longest JSON in which whole numbers beyond 2^53 are read exactly, bytes: looking at the digits takes fifty times as long. */
export const MAX_EXACT_JSON = 128 * 1024;

/** Bodies and answers that may lie in memory together, bytes. */
export const MAX_BODIES_IN_MEMORY = 4 * MAX_INFER_BODY;

/** Longest first axis where the graph leaves it free: what a graph needs in between grows with it. */
export const MAX_ROWS = 256;

/** Texts of one tensor: each is an object of its own. */
export const MAX_STRINGS = 65_536;

/** Elements of an answer's tensors written as JSON, together: they are written on the event loop. */
export const MAX_JSON_ELEMENTS = 65_536;

/** Largest binary part of an answer, bytes. */
export const MAX_BINARY_ANSWER = 32 * 1024 * 1024;

/** An answer that has not been taken after this long is given up, milliseconds. */
export const DELIVER_WITHIN_MS = 30_000;

export const MAX_ID = 256;
export const MAX_TENSORS = 64;
export const MAX_RANK = 8;
