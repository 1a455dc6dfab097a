// Clusters of marks that would lie on one another on the timeline of a recording.

import type { TimelineMark } from "./api";
import { WORST } from "./store";

/** Marks that are drawn as one. */
export interface Cluster {
  /** The marks in the order of time. */
  marks: TimelineMark[];
  /** Worst severity among the marks. */
  severity: TimelineMark["severity"];
}

/** Width of the shape of a severity, and of one digit of the count beside it, px. */
const SHAPE_PX = 14;
const DIGIT_PX = 9;

/** Width of what is drawn for so many marks, px. */
export const widthOf = (marks: number): number => SHAPE_PX + (marks > 1 ? DIGIT_PX * String(marks).length : 0);

/**
 * Puts marks that would overlap into clusters. A cluster is drawn at its first mark, and takes what its own width covers.
 * `pxPerMs` is the scale of the timeline.
 */
export function clustered(marks: readonly TimelineMark[], pxPerMs: number): Cluster[] {
  const clusters: Cluster[] = [];
  for (const mark of [...marks].sort((a, b) => a.time - b.time)) {
    const last = clusters.at(-1);
    if (last && (mark.time - last.marks[0]!.time) * pxPerMs < widthOf(last.marks.length)) {
      last.marks.push(mark);
      if (WORST[mark.severity] > WORST[last.severity]) last.severity = mark.severity;
    } else clusters.push({ marks: [mark], severity: mark.severity });
  }
  return clusters;
}
