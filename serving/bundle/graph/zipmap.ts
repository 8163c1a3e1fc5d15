/** What whoever exported a classifier has to do, for the end of a sentence: probabilities as a matrix, not as dictionaries. */
export const WITHOUT_ZIPMAP =
  "export the probabilities as a matrix, with options={'zipmap': False} of skl2onnx or zipmap=False of onnxmltools; " +
  'CatBoost has no such option: cut the ZipMap node off, see docs/bundles.md';
