import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { WAITING } from '../../operator/testing/waiting.ts';
import { openRedis } from './redis.ts';

/** Argo CD runs health checks in Lua 5.1, and so does Redis its scripts. */
const page = readFileSync('docs/releasing/gitops.md', 'utf8');
const documents = [...page.matchAll(/```yaml\n(.*?)```/gs)].flatMap(([, text = '']) => parseAllDocuments(text).map((each) => each.toJS() as { kind: string; data?: Record<string, string> }));
const check = documents.find(({ kind }) => kind === 'ConfigMap')?.data?.['resource.customizations.health.recommender.dev_RecommenderModel'] ?? '';
const script = `local function health(obj)\n${check}\nend\nreturn cjson.encode(health(cjson.decode(ARGV[1])))`;

const client = await openRedis();

describe('the health check for Argo CD', () => {
  it.each(WAITING)('takes a model that %s for what it is', async (_, model, { argo }) => {
    const answer = JSON.parse((await client.eval(script, { arguments: [JSON.stringify(model)] })) as string) as { status: string; message: string };
    expect(answer).toEqual({ status: argo, message: model.status?.message ?? 'The operator has not looked at it yet.' });
  });
});
