// Values of limits as people set them: units of minutes and hours for seconds, and the range of a slider.

import type { Limit } from "./bench";

/** A unit that people use in place of the unit of the limit, and how many of that it has. */
export interface Shown {
  unit: string;
  factor: number;
}

/** The unit in which a limit is shown: minutes and hours for seconds, knots and miles as they are. */
export function shownIn({ unit, value }: Pick<Limit, "unit" | "value">): Shown {
  if (unit === "s" && typeof value === "number") {
    if (value >= 7200 && value % 3600 === 0) return { unit: "h", factor: 3600 };
    if (value >= 60) return { unit: "min", factor: 60 };
  }
  return { unit: unit === "deg" ? "°" : unit, factor: 1 };
}

/** Steps that a slider takes, by the size of its range. */
function stepOf(range: number): number {
  const size = 10 ** Math.floor(Math.log10(range / 40 || 1));
  return [1, 2, 5, 10].map((n) => n * size).find((step) => range / step <= 80) ?? size;
}

/** Range and step of the slider of a limit, around the value in force and within the bounds, in the shown unit. */
export function slider({ value, lowest, highest, unit }: Limit): { min: number; max: number; step: number } {
  const { factor } = shownIn({ unit, value });
  const own = typeof value === "number" ? value / factor : 1;
  const [low, high] = [(lowest ?? 0) / factor, (highest ?? Infinity) / factor];
  const most = own > 0 ? own * 3 : Math.min(10, high);
  const max = Math.min(high, most);
  const min = Math.max(low, 0);
  const isWhole = unit === "" && Number.isInteger(own) && max > 1;
  const step = Math.max(stepOf(max - min), isWhole ? 1 : 0);
  return { min, max: Math.max(min + step, isWhole ? Math.ceil(max) : max), step };
}

/** Number of values of which alerts an hour are drawn. */
const TRIED = 8;

/** Values of a limit, in the unit of the limit, of which alerts an hour are drawn: over the range of its slider, or its words. */
export function triedValues(limit: Limit): readonly (number | string)[] {
  if (typeof limit.value !== "number") return [...(limit.words ?? []), ...(limit.optional ? ["none"] : [])];
  const { factor } = shownIn(limit);
  const { min, max, step } = slider(limit);
  const of = (i: number): number => tidy(Math.round((min + ((max - min) * i) / (TRIED - 1)) / step) * step * factor);
  return [...new Set(Array.from({ length: TRIED }, (_, i) => of(i)))];
}

/** Rounds what a slider says to what people would write. */
export const tidy = (value: number): number => Number(value.toPrecision(6));
