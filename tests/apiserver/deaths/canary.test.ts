import { testDeaths } from './deaths.ts';

await testDeaths('Canary');
