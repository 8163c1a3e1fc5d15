import { testKills } from './kills.ts';

await testKills('BlueGreen');
