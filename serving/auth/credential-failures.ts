import { Failure } from '../common/problems.ts';

/** Why credentials were not accepted; a label of the metric. */
type RefusalReason = 'missing' | 'unknown' | 'expired' | 'invalid';

/** The request does not prove who asks. The message is a sentence for the caller and holds nothing of the credential. */
export class CredentialsRefused extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Nobody can say now whether the credentials are good: the keys that tokens are signed with could not be fetched. */
export class CredentialsUncheckable extends Failure {
  override readonly code = 'CredentialsUncheckable';
  override readonly detail = 'The keys for verifying tokens could not be fetched; try again shortly.';
}
