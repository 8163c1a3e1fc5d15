import { generatedFiles } from './files.ts';
import { syncFiles } from './sync.ts';

const root = new URL('../../', import.meta.url);
await syncFiles(root, await generatedFiles(root), 'npm run generate');
