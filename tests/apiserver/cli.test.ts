import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { parse } from 'yaml';
import { KINDS } from '../../operator/api/kinds.ts';
import type { Kind } from '../../operator/api/objects.ts';
import { objectPath } from '../../operator/kube/paths.ts';
import { PLUGIN, recommender as runRecommender } from '../../tools/cli/testing/recommender.ts';
import { openServer } from './admin.ts';
import { until } from '../../tools/testenv/until.ts';

jest.setTimeout(120_000);

const { RecommenderModel, ModelVersion } = KINDS;

const { server, admin } = await openServer({ users: [{ token: 'of-a-stranger', name: 'stranger' }] });
const kubeconfigs = { admin: server.kubeconfig(), stranger: server.kubeconfig({ token: 'of-a-stranger' }) };

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const NOW = new Date().toISOString();
const OLD = '2026-01-01T10:00:00Z';

/** Not on a terminal. */
const recommender = (args: readonly string[], kubeconfig = kubeconfigs.admin) => runRecommender(args, kubeconfig);

const write = (kind: Kind, name: string, status: unknown) =>
  admin.client.send({
    method: 'PATCH',
    path: objectPath(kind, { name, namespace: 'default' }, 'status'),
    contentType: 'application/merge-patch+json',
    body: { status },
  });

const decision = {
  at: OLD,
  from: 'Challenger',
  to: 'Rejected',
  by: 'recommender-operator',
  reason: '2.0.0 was rejected at 10% of users: 21% of its requests failed, above the limit of 5%.',
};
const verdict = { metric: 'error-rate', estimate: '0.21', threshold: '0.05', verdict: 'Fail', at: OLD };

/** A model whose status is as if the operator had written it, with two versions on record. */
async function written(name: string, status: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const release = { version: '2.0.0', uri: 's3://models/books/2.0.0/', digest: digest('b') };
  const { metadata } = await admin.create(RecommenderModel, { metadata: { name }, spec: { release } });
  for (const [version, letter] of [['1.0.0', 'a'], ['2.0.0', 'b']] as const) {
    const uri = `s3://models/books/${version}/`;
    await admin.create(ModelVersion, { metadata: { name: `${name}-${version}` }, spec: { model: name, version, uri, digest: digest(letter) } });
  }
  await write(ModelVersion, `${name}-2.0.0`, { stage: 'Rejected', decisions: [{ ...decision, evidence: [verdict] }] });
  await write(RecommenderModel, name, {
    observedGeneration: metadata.generation,
    phase: 'Canary',
    message: '2.0.0 at 10% of users, step 1 of 2: 62 of 100 requests needed.',
    champion: { version: '1.0.0', digest: digest('a'), uri: 's3://models/books/1.0.0/', since: OLD },
    candidate: { version: '2.0.0', digest: digest('b'), since: NOW, weight: 10, desiredWeight: 10, step: 1, steps: 2, users: 141, verdictExpectedAt: new Date(Date.now() + 3_600_000).toISOString() },
    conditions: [{ type: 'Ready', status: 'True', reason: 'Serving', message: 'Champion 1.0.0 serves.', lastTransitionTime: OLD }],
    verdicts: [verdict],
    history: [{ version: '2.0.0', ...decision }],
    ...status,
  });
}

describe('kubectl recommender, before anything is installed', () => {
  it('says in a sentence that the CRDs are missing, and what else', async () => {
    expect(await recommender(['get', 'books'])).toMatchObject({ code: 1, stderr: expect.stringContaining('Error: The CRDs of the operator are not installed in this cluster') });
    const { code, stdout } = await recommender(['doctor']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Ok +cluster +127\.0\.0\.1:\d+ is reachable, Kubernetes v/m);
    expect(stdout).toMatch(/^Missing +CRDs +recommender\.dev\/v1alpha1 is not installed: install the chart/m);
    expect(stdout).toMatch(/^Missing +Argo Rollouts CRDs +rollouts, analysisruns, analysistemplates not installed: install Argo Rollouts/m);
    expect(stdout).toMatch(/^Missing +operator +no Deployment labeled/m);
  });

  it('says in a sentence that there is no cluster', async () => {
    const { code, stderr } = await recommender(['get', '--kubeconfig', '/nowhere/config']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^Error: Cannot find a cluster: .*\/nowhere\/config.*\n$/)]);
  });
});

describe('kubectl recommender', () => {
  beforeAll(async () => {
    await admin.installCrds();
    await written('books');
  });

  it('get shows a tree, a table, and the object itself', async () => {
    const tree = await recommender(['get', 'books']);
    expect(tree).toMatchObject({ code: 0, stderr: '' });
    expect(tree.stdout).toMatch(/^default\/books {2}Canary\n│ 2\.0\.0 at 10% of users, step 1 of 2: 62 of 100 requests needed\.\n/);
    expect(tree.stdout).toMatch(/│ {2}├─ step 1 of 2, desired 10%, actual 10% of users\n│ {2}├─ 141 users seen in five minutes\n│ {2}└─ measuring: a verdict is expected in about 59m\d+s\n/);
    expect(tree.stdout).toMatch(/error-rate {2}Fail {2}0\.21 {2}limit 0\.05/);
    expect((await recommender(['get'])).stdout).toMatch(/^NAME .*\nbooks +2\.0\.0 +1\.0\.0 +2\.0\.0 +10% +Canary/);
    const json = JSON.parse((await recommender(['get', 'books', '-o', 'json'])).stdout) as Record<string, unknown>;
    expect(json).toMatchObject({ kind: 'RecommenderModel', status: { phase: 'Canary' } });
    expect(json['metadata']).not.toHaveProperty('managedFields');
    expect(parse((await recommender(['get', 'books', '-o', 'yaml'])).stdout)).toEqual(json);
  });

  it('get and versions list the versions by their numbers, the newest first', async () => {
    await written('many');
    for (const version of ['1.9.0', '1.10.0']) {
      await admin.create(ModelVersion, { metadata: { name: `many-${version}` }, spec: { model: 'many', version, uri: `s3://models/books/${version}/`, digest: digest('c') } });
    }
    expect((await recommender(['get', 'many'])).stdout).toMatch(/└─ versions\n {3}├─ 2\.0\.0 {3}Rejected {2}\d+s\n {3}├─ 1\.10\.0 {2}- {9}\d+s\n {3}├─ 1\.9\.0 {3}- {9}\d+s\n {3}└─ 1\.0\.0 .*\n$/);
    expect((await recommender(['versions', 'many'])).stdout).toMatch(/^VERSION .*\n2\.0\.0 +Rejected .*\n1\.10\.0 .*\n1\.9\.0 .*\n1\.0\.0 .*\n$/);
    const json = JSON.parse((await recommender(['versions', 'many', '-o', 'json'])).stdout) as { kind: string; spec: { version: string } }[];
    expect(json.map(({ kind, spec }) => [kind, spec.version])).toEqual(['2.0.0', '1.10.0', '1.9.0', '1.0.0'].map((each) => ['ModelVersion', each]));
  });

  it('get -w tells each change as a line in a pipe', async () => {
    await written('watched');
    const env = { ...process.env, KUBECONFIG: kubeconfigs.admin };
    const child = execFile(process.execPath, [PLUGIN, 'get', 'watched', '-w'], { env });
    let seen = '';
    child.stdout?.on('data', (chunk: string) => (seen += chunk));
    await until('the first line', () => seen.includes('Z watched Canary champion=1.0.0 candidate=2.0.0 weight=10%: '), 30_000);
    await write(RecommenderModel, 'watched', { candidate: { weight: 50, step: 2 } });
    await until('the change', () => seen.includes('weight=50%'), 30_000);
    child.kill();
    expect(seen.trim().split('\n')).toHaveLength(2);
  });

  it('why and history tell what was decided', async () => {
    const why = await recommender(['why', 'books']);
    expect(why.stdout).toMatch(/^Now {2}Canary\n/);
    expect(why.stdout).toContain(`2.0.0  Challenger → Rejected  by recommender-operator\n  ${decision.reason}\n    error-rate  Fail  0.21`);
    expect((await recommender(['why', 'books@1.0.0'])).stdout).toBe('No decisions yet.\n');
    expect(JSON.parse((await recommender(['why', 'books@2.0.0', '-o', 'json'])).stdout)).toMatchObject([{ version: '2.0.0', evidence: [verdict] }]);
    expect(await recommender(['why', 'books@9.0.0'])).toMatchObject({ code: 1, stderr: 'Error: books has no version 9.0.0; registered versions: 2.0.0, 1.0.0.\n' });
    expect((await recommender(['history', 'books'])).stdout).toMatch(/\n2026-01-01 10:00:00 UTC +2\.0\.0 +Challenger → Rejected +- +recommender-operator +2\.0\.0 was rejected/);
  });

  it('why and history tell all that was kept, though the model is gone', async () => {
    await written('gone');
    const older = Array.from({ length: 20 }, (_, day) => ({ ...decision, at: `2025-12-${String(31 - day)}T10:00:00Z`, reason: '1.0.0 was rejected.' }));
    await write(ModelVersion, 'gone-1.0.0', { stage: 'Rejected', decisions: older });
    await admin.remove(RecommenderModel, 'gone');
    const history = (await recommender(['history', 'gone'])).stdout.trim().split('\n');
    expect([history.length, history[1]]).toEqual([1 + 1 + 20, expect.stringMatching(/^2026-01-01 10:00:00 UTC +2\.0\.0 /)]);
    expect((await recommender(['why', 'gone'])).stdout).toMatch(/^Now {2}Deleted\n {2}The model no longer exists; the decisions about its versions are kept\.\n\n2026-01-01 10:00:00 UTC/);
    expect((await recommender(['why', 'gone@2.0.0'])).stdout).toContain('error-rate  Fail  0.21');
    expect(JSON.parse((await recommender(['history', 'gone', '-o', 'json'])).stdout)).toMatchObject([{ version: '2.0.0', evidence: [verdict] }, ...older.map(({ at }) => ({ at }))]);
  });

  it('an act writes its annotation with the name of who asked, and waits for the answer', async () => {
    await written('acted');
    const run = recommender(['retry', 'acted', '--reason', 'the data is mended']);
    const annotation = async () => (await admin.get(RecommenderModel, 'acted'))?.metadata.annotations?.['recommender.dev/retry'];
    await until('the annotation', async () => (await annotation()) !== undefined, 30_000);
    const value = await annotation();
    expect(value).toMatch(/^2\.0\.0 [0-9a-f]{12} the data is mended$/);
    const { managedFields } = (await admin.get(RecommenderModel, 'acted'))?.metadata as unknown as { managedFields: { manager: string; fieldsV1: unknown }[] };
    const manager = managedFields.find(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes('recommender.dev/retry'))?.manager;
    expect(manager).toBe('kubectl-recommender/admin');
    const lastAct = { act: 'retry', text: value, by: manager, outcome: 'Done', message: 'Version 2.0.0 is tried again.', at: NOW };
    await write(RecommenderModel, 'acted', { acts: { retry: value }, lastAct });
    expect(await run).toEqual({ code: 0, stdout: 'Version 2.0.0 is tried again.\n', stderr: '' });
  });

  it('an act that is refused ends with 1 and the reason', async () => {
    await written('guarded');
    const run = recommender(['promote', 'guarded', '--reason', 'the shop is on sale']);
    const annotation = async () => (await admin.get(RecommenderModel, 'guarded'))?.metadata.annotations?.['recommender.dev/promote'];
    await until('the annotation', async () => (await annotation()) !== undefined, 30_000);
    const text = await annotation();
    const lastAct = { act: 'promote', text, by: 'kubectl-recommender/admin', outcome: 'Refused', message: 'A guardrail has failed.', at: NOW };
    await write(RecommenderModel, 'guarded', { acts: { promote: text }, lastAct });
    expect(await run).toEqual({ code: 1, stdout: '', stderr: 'Error: promote guarded 2.0.0 was refused: A guardrail has failed.\n' });
  });

  it('an act that nobody answers ends in time with what to do', async () => {
    await written('unanswered');
    const { code, stderr } = await recommender(['rollback', 'unanswered', '--to', '1.0.0', '--reason', 'sales fell', '--timeout', '1s']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('Error: The operator did not act within 1s. The request stays on the model')]);
    expect((await admin.get(RecommenderModel, 'unanswered'))?.metadata.annotations?.['recommender.dev/rollback']).toMatch(/^1\.0\.0 [0-9a-f]{12} sales fell$/);
    expect(await recommender(['pause', 'unanswered', '--no-wait'])).toMatchObject({ code: 0, stdout: expect.stringContaining('pause unanswered 2.0.0') });
  });

  it('refuses acts that are not complete, and writes nothing', async () => {
    await written('spared');
    for (const words of [['promote', 'spared'], ['abort', 'spared'], ['rollback', 'spared', '--to', '1.0.0'], ['rollback', 'spared', '--reason', 'x'], ['pause', 'spared', '--timeout', 'soon']]) {
      expect(await recommender(words)).toMatchObject({ code: 2 });
    }
    expect(await recommender(['rollback', 'spared', '--to', '7.0.0', '--reason', 'x'])).toMatchObject({ code: 1, stderr: expect.stringContaining('spared has no version 7.0.0') });
    expect((await admin.get(RecommenderModel, 'spared'))?.metadata.annotations).toBeUndefined();
  });

  it('status ends with 0, 1 or 3', async () => {
    await written('done', { phase: 'Healthy', message: '2.0.0 serves.', champion: { version: '2.0.0', digest: digest('b'), uri: '', since: OLD }, candidate: null });
    expect(await recommender(['status', 'done'])).toEqual({ code: 0, stdout: 'Healthy: 2.0.0 serves.\n', stderr: '' });
    const stalled = { type: 'Stalled', status: 'True', reason: 'Quarantined', message: '2.0.0 was rejected.', lastTransitionTime: OLD };
    await written('refused', { phase: 'Rejected', message: '2.0.0 was rejected.', conditions: [stalled] });
    expect(await recommender(['status', 'refused', '--timeout', '1m'])).toMatchObject({ code: 1, stdout: 'Rejected: 2.0.0 was rejected.\n' });
    expect(await recommender(['status', 'books', '--timeout', '1s'])).toMatchObject({ code: 3, stderr: expect.stringContaining('Timed out: 2.0.0 does not serve everyone yet.') });
  });

  it('status and doctor tell the same to programs', async () => {
    await written('told');
    const status = await recommender(['status', 'told', '-o', 'json']);
    expect(status.code).toBe(3);
    expect(JSON.parse(status.stdout)).toEqual({
      name: 'told',
      namespace: 'default',
      desired: '2.0.0',
      result: 'underWay',
      phase: 'Canary',
      message: '2.0.0 at 10% of users, step 1 of 2: 62 of 100 requests needed.',
    });
    const doctor = await recommender(['doctor', '-o', 'yaml']);
    expect(doctor.code).toBe(1);
    expect(parse(doctor.stdout)).toContainEqual({ what: 'model told', result: 'Ok', message: 'Canary, 1 metrics measured' });
  });

  it('says in a sentence who may not, and which model is not there', async () => {
    const forbidden = await recommender(['get', 'books'], kubeconfigs.stranger);
    expect(forbidden).toMatchObject({ code: 1, stdout: '' });
    expect(forbidden.stderr).toMatch(/^Error: Permission denied: .*"stranger" cannot get resource "recommendermodels".*\n$/);
    expect(await recommender(['why', 'films'])).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Error: RecommenderModel "films" not found in namespace default; existing models: .*books.*\.\n$/) });
    const { stdout } = await recommender(['doctor'], kubeconfigs.stranger);
    expect(stdout).toMatch(/^Missing +permission +you may not patch recommendermodels in default/m);
    expect(stdout).toMatch(/^Unknown +operator +you may not list Deployments/m);
  });

  it('doctor finds the CRDs and judges the models', async () => {
    const { stdout } = await recommender(['doctor']);
    expect(stdout).toMatch(/^Ok +CRD +recommendermodels\.recommender\.dev matches this version of the command line/m);
    expect(stdout).toMatch(/^Ok +CRD +modelversions\.recommender\.dev matches this version of the command line/m);
    expect(stdout).toMatch(/^Ok +permission +patch recommendermodels in default/m);
    expect(stdout).toMatch(/^Ok +model books +Canary, 1 metrics measured/m);
  });
});
