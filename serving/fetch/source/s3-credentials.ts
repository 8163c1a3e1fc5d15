import { BundleFailure } from '../../bundle/failure.ts';

const WITHIN_MS = 5_000;

type Provide = () => Promise<{ accessKeyId: string; secretAccessKey: string }>;

/**
 * Credentials the pod was given, first found: keys in the environment, the token of its service account, the agent
 * that its platform names in the environment. Never the node's own, which the metadata address would hand out: whoever
 * can write a URI could then read what the node can. Where these come from is set by whoever runs the pod, not by who
 * writes the URI, so the rules for hosts of bundles do not apply to them.
 */
export async function createS3Credentials(region: string): Promise<Provide> {
  const [{ fromEnv }, { fromTokenFile }, { fromHttp }] = await Promise.all([
    import('@aws-sdk/credential-provider-env'),
    import('@aws-sdk/credential-provider-web-identity'),
    import('@aws-sdk/credential-provider-http'),
  ]);
  const token = fromTokenFile({
    clientConfig: { region, maxAttempts: 2, requestHandler: { connectionTimeout: WITHIN_MS, socketTimeout: WITHIN_MS } },
  });
  // The last one looks at the environment when it is made, and throws there.
  const providers: Provide[] = [fromEnv(), token, () => fromHttp({ timeout: WITHIN_MS, maxRetries: 1 })()];
  return async () => {
    const refusals: string[] = [];
    for (const provide of providers) {
      try {
        return await provide();
      } catch (error) {
        // "Not configured" lets the next one try; a token or an agent that is refused is the answer.
        if (isNotConfigured(error)) continue;
        refusals.push(error instanceof Error ? error.name : 'error');
      }
    }
    const why = refusals.length === 0 ? 'none are configured' : `they could not be obtained (${refusals.join(', ')})`;
    throw new BundleFailure(
      'SourceUnavailable',
      `An s3:// bundle requires credentials, but ${why}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the pods an identity.`,
    );
  };
}

function isNotConfigured(error: unknown): boolean {
  const text = error instanceof Error && error.name === 'CredentialsProviderError' ? error.message : '';
  return /Unable to find environment|not specified|No HTTP credential provider host/.test(text);
}
