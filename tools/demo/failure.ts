/** A step of the demo failed. The message is a sentence. */
export class DemoFailure extends Error {
  /** Commands that show more. */
  readonly look: readonly string[];

  constructor(message: string, look: readonly string[] = [], cause?: unknown) {
    super(message, { cause });
    this.look = look;
  }
}

/** Somebody stopped the demo. */
export class Stopped extends Error {
  /** As a shell counts signals: 130 for Ctrl-C. */
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}
