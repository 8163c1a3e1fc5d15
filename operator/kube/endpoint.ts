import type { RequestOptions } from 'node:https';

/** Where the API server is, and what proves to it who asks. */
export type Endpoint = {
  readonly server: URL;
  /** Namespace of the service account or of the kubeconfig's context. */
  readonly namespace: string | undefined;
  /** TLS material as of now: files are read again, so that a rotated CA or client certificate reaches new connections. */
  tls(): Promise<TlsOptions>;
  /** Authorization and impersonation headers as of now: service account tokens rotate. */
  headers(): Promise<Record<string, string>>;
};

export type TlsOptions = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'rejectUnauthorized' | 'servername'>;
