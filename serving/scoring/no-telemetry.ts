/**
 * onnxruntime's official builds send usage data, names and hashes of models among it, to their maker unless this is
 * set before the library starts (https://github.com/microsoft/onnxruntime/pull/27379). Import it before
 * onnxruntime-node. In a worker thread it takes effect only where the thread shares the environment of the process.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';
