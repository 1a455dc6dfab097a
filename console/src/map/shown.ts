// The picture that is shown: now, or as it was while it is rewound.

import type { Picture } from "../picture";
import * as store from "../store";
import { Past } from "./rewind";

export const past = new Past();

export function picture(): Picture {
  const time = store.rewoundTo.peek();
  return time === null ? store.picture : past.at(time, store.picture);
}
