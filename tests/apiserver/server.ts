import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onFreePorts } from '../../tools/testenv/ports.ts';
import { assets, startDaemon, untilReady, type Daemon } from '../../tools/testenv/processes.ts';

/** One request as the API server's audit log tells it. */
export type AuditEntry = {
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource?: string; readonly name?: string; readonly subresource?: string };
  readonly responseStatus?: { readonly code?: number };
  /** Body of writes of our own statuses. */
  readonly requestObject?: unknown;
  readonly requestReceivedTimestamp: string;
  readonly stage: string;
};

/** A real etcd and kube-apiserver of this test's own. */
export type TestServer = {
  readonly port: number;
  readonly dir: string;
  /** Path of a kubeconfig for the cluster's admin. With `port` it goes through a proxy; with `token` as another user. */
  kubeconfig(options?: { readonly port?: number; readonly token?: string }): string;
  /** Names and groups are given at the start, see `users`. */
  readonly certificate: { readonly cert: string; readonly key: string };
  killApiServer(): Promise<void>;
  startApiServer(): Promise<void>;
  killEtcd(): Promise<void>;
  startEtcd(): Promise<void>;
  /** Throws away etcd's history up to now: who resumes from an older resourceVersion gets 410. */
  compact(): Promise<void>;
  /** Completed requests so far; those of one user agent when given. */
  audit(userAgent?: string): AuditEntry[];
  stop(): Promise<void>;
};

export type User = { readonly token: string; readonly name: string; readonly group?: string };

export const ADMIN_TOKEN = 'admin-of-the-test';

export type ServerOptions = {
  readonly users?: readonly User[];
  /**
   * Without it every read comes from etcd. With it, a list waits until the cache has heard of the last write, up to 100 ms:
   * a test that lists again and again and watches nothing does without.
   */
  readonly watchCache?: boolean;
};

/** Starts both on free ports of 127.0.0.1 with their data in a temporary folder; takes about 4 s. */
export function startServer(options: ServerOptions = {}): Promise<TestServer> {
  return onFreePorts(3, ([etcd = 0, peer = 0, api = 0]) => startOn({ etcd, peer, api }, options));
}

async function startOn(ports: Ports, options: ServerOptions): Promise<TestServer> {
  const dir = mkdtempSync(join(tmpdir(), 'apiserver-'));
  writeFiles(dir, options.users ?? []);
  let etcd: Daemon | undefined;
  let api: Daemon | undefined;

  const startEtcd = async (): Promise<void> => {
    etcd = startDaemon(join(assets(), 'etcd'), etcdArgs(dir, ports), join(dir, 'etcd.log'));
    await untilReady('etcd', etcd, join(dir, 'etcd.log'), async () => (await fetch(`http://127.0.0.1:${ports.etcd}/health`, { signal: inTime() })).ok);
  };
  const startApiServer = async (): Promise<void> => {
    api = startDaemon(join(assets(), 'kube-apiserver'), apiArgs(dir, ports, options.watchCache ?? true), join(dir, 'api.log'));
    await untilReady('kube-apiserver', api, join(dir, 'api.log'), () => isReady(ports.api));
  };
  const stop = async (): Promise<void> => {
    await api?.kill();
    await etcd?.kill();
    if (process.env['KEEP'] !== 'yes') rmSync(dir, { recursive: true, force: true });
  };

  try {
    await startEtcd();
    await startApiServer();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port: ports.api,
    dir,
    kubeconfig: ({ port = ports.api, token = ADMIN_TOKEN } = {}) => writeKubeconfig(dir, port, token),
    certificate: { cert: join(dir, 'certs/apiserver.crt'), key: join(dir, 'certs/apiserver.key') },
    killApiServer: async () => await api?.kill(),
    startApiServer,
    killEtcd: async () => await etcd?.kill(),
    startEtcd,
    compact: () => compact(ports.etcd),
    audit: (userAgent) => readAudit(dir).filter((entry) => userAgent === undefined || entry.userAgent === userAgent),
    stop,
  };
}

type Ports = { readonly etcd: number; readonly peer: number; readonly api: number };

function etcdArgs(dir: string, ports: Ports): string[] {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.peer}`;
  return [
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=error',
  ];
}

function apiArgs(dir: string, ports: Ports, watchCache: boolean): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    '--etcd-compaction-interval=0',
    `--watch-cache=${watchCache}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${ports.api}`,
    `--cert-dir=${join(dir, 'certs')}`,
    `--token-auth-file=${join(dir, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${join(dir, 'sa.key')}`,
    `--service-account-key-file=${join(dir, 'sa.key')}`,
    // Nobody runs controllers here that would make the ServiceAccounts this plugin waits for.
    '--disable-admission-plugins=ServiceAccount',
    `--audit-policy-file=${join(dir, 'audit.json')}`,
    `--audit-log-path=${join(dir, 'audit.log')}`,
    '--audit-log-mode=blocking',
  ];
}

function writeFiles(dir: string, users: readonly User[]): void {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(dir, 'sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
  const all = [{ token: ADMIN_TOKEN, name: 'admin', group: 'system:masters' }, ...users];
  const rows = all.map(({ token, name, group = '' }) => `${token},${name},${name},"${group}"`);
  writeFileSync(join(dir, 'tokens.csv'), `${rows.join('\n')}\n`);
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived', 'ResponseStarted'],
    rules: [{ level: 'Request', resources: [{ group: 'recommender.dev', resources: ['*/status'] }] }, { level: 'Metadata' }],
  };
  writeFileSync(join(dir, 'audit.json'), JSON.stringify(policy));
}

function writeKubeconfig(dir: string, port: number, token: string): string {
  const file = join(dir, `kubeconfig-${port}-${randomBytes(4).toString('hex')}`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      // The server signs its own certificate, so the certificate is its own authority.
      { name: 'test', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': join(dir, 'certs/apiserver.crt') } },
    ],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'default' } }],
    'current-context': 'test',
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** Without it a server that takes a question and never answers would be waited for without end, not asked again. */
const inTime = () => AbortSignal.timeout(5_000);

/** Ready, and the namespace `default` exists, which the server makes a moment later. */
async function isReady(port: number): Promise<boolean> {
  return (await statusOf(port, '/readyz')) === 200 && (await statusOf(port, '/api/v1/namespaces/default')) === 200;
}

function statusOf(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, rejectUnauthorized: false, headers: { authorization: `Bearer ${ADMIN_TOKEN}` }, signal: inTime() };
    const request = httpsRequest(options, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0)).on('error', reject);
    });
    request.on('error', reject);
    request.end();
  });
}

async function compact(etcdPort: number): Promise<void> {
  const call = async (path: string, body: unknown): Promise<{ header?: { revision?: string } }> => {
    const response = await fetch(`http://127.0.0.1:${etcdPort}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd ${path}: ${await response.text()}`);
    return (await response.json()) as { header?: { revision?: string } };
  };
  const key = Buffer.from('/').toString('base64');
  const { header } = await call('/v3/kv/range', { key });
  await call('/v3/kv/compaction', { revision: header?.revision, physical: true });
}

function readAudit(dir: string): AuditEntry[] {
  const file = join(dir, 'audit.log');
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  return complete.split('\n').filter(Boolean).map((line) => JSON.parse(line) as AuditEntry);
}
