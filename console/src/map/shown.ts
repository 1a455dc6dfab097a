// The picture that the map shows: the present one, or the rewound one.

import type { Picture } from "../picture";
import * as store from "../store";
import { Past } from "./rewind";

export const past = new Past();

export function picture(): Picture {
  const time = store.rewoundTo.peek();
  return time === null ? store.picture : past.at(time, store.picture);
}
