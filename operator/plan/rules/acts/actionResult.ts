import type { Act, ActionResult, Decision } from '../../state/decision.ts';

/** A result, and the decision that follows unless the action is refused. */
export type HandledAct = ActionResult & { decision?: Decision };

/** @param why sentence part, e.g. `2.0.0 is not paused` */
export function refuse(act: Act, why: string): HandledAct {
  const what = `${act.name}${act.version === '' ? '' : ` ${act.version}`}`;
  return { act, outcome: 'Refused', message: `${what} requested by ${act.by} had no effect: ${why}.` };
}

export function done(act: Act, message: string, decision: Omit<Decision, 'message'>): HandledAct {
  return { act, outcome: 'Done', message, decision: { ...decision, message } };
}
