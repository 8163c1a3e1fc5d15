import { testKills } from './kills.ts';

await testKills('Canary');
