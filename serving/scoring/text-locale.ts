import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * ONNX's StringNormalizer wants the locale en_US.UTF-8 unless its graph names another, and no text model of scikit-learn
 * loads without it. Slim images have C.UTF-8 only, whose letters are the same; the folder beside gives it the other name.
 * The C library reads LOCPATH whenever a locale is asked for, so this may come after onnxruntime. In a worker thread
 * it takes effect only where the thread shares the environment of the process.
 */
const FOLDER = fileURLToPath(new URL('./locales', import.meta.url));
const SYSTEM = '/usr/lib/locale';
const EN_US = [`${SYSTEM}/locale-archive`, `${SYSTEM}/en_US.utf8`];

const isMissing = process.platform === 'linux' && !EN_US.some((path) => existsSync(path));
if (isMissing && existsSync(`${FOLDER}/en_US.UTF-8`)) process.env['LOCPATH'] ??= `${FOLDER}:${SYSTEM}`;
