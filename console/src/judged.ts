// Order and kinds of what rules found about a track.

import type { Compared, Judged, RuleExplanation } from "./api";

/** Conditions that say what a rule is about: where one of these is the first that is not met, the rule is about something else. */
const ABOUT: readonly string[] = ["who", "inside", "asked", "is-vessel", "in-flight", "flies"];

/** The conditions that keep an alert from being raised, in the order of the pattern. */
export function shortOf(judged: Judged | null | undefined): Compared[] {
  return (judged?.conditions ?? []).filter(({ met, excused }) => !met && !excused);
}

/** Whether a rule is about other vessels, places or reports. */
export function isElsewhere({ outcome, judgement }: RuleExplanation): boolean {
  if (outcome === "not-asked") return true;
  const first = shortOf(judgement)[0];
  return outcome === "not-met" && first !== undefined && ABOUT.includes(first.name);
}

const ALERTS: readonly string[] = ["raised", "open", "shared"];

/** How far the value of a condition is from its limit, as a share of the limit; 1 where there are no numbers. */
function share({ value, limit }: Compared): number {
  return value === null || limit === null || limit === 0 ? 1 : Math.min(1, Math.abs(value - limit) / Math.abs(limit));
}

/** Rules with those first that raised an alert, then those that came nearest to one. */
export function sorted(rules: RuleExplanation[]): RuleExplanation[] {
  const far = ({ outcome, judgement }: RuleExplanation): number => {
    if (ALERTS.includes(outcome)) return -1;
    const short = shortOf(judgement);
    return short.length + (short[0] ? share(short[0]) / 2 : 0);
  };
  return rules.toSorted((a, b) => far(a) - far(b));
}
