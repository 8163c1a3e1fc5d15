/** Decides, before anything has been spent on a request, whether there is time to answer it. */
export interface Admission {
  /** @returns what to call when the request has ended @throws Problem Overloaded */
  enter(): () => void;
}

export function createAdmission(): Admission {
  return { enter: () => () => undefined };
}
