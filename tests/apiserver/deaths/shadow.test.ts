import { testDeaths } from './deaths.ts';

await testDeaths('Shadow');
