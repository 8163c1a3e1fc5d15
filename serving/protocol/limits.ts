/** Bounds of `POST /v2/models/NAME/infer`; all of them are in the OpenAPI document and in the guide. */

/** Largest body, JSON and binary tensors together, bytes. */
export const MAX_INFER_BODY = 16 * 1024 * 1024;

/** Largest JSON part, bytes: it is parsed on the event loop, which larger tensors in binary form are not. */
export const MAX_INFER_JSON = 2 * 1024 * 1024;

/** Bodies that may lie in memory together, bytes. */
export const MAX_BODIES_IN_MEMORY = 4 * MAX_INFER_BODY;

/** Longest first axis where the graph leaves it free: what a graph needs in between grows with it. */
export const MAX_ROWS = 256;

/** Texts of one tensor: each is an object of its own. */
export const MAX_STRINGS = 65_536;

/** Elements of an answer written as JSON. */
export const MAX_JSON_ELEMENTS = 262_144;

/** Largest binary part of an answer, bytes. */
export const MAX_BINARY_ANSWER = 64 * 1024 * 1024;

export const MAX_ID = 256;
export const MAX_TENSORS = 64;
export const MAX_RANK = 8;
