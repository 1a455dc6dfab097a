// Rewind: shows the last half hour while the present goes on underneath.

import { span, utc } from "../format";
import { t } from "../i18n";
import { past } from "../map/shown";
import * as store from "../store";

/** Starts the rewind (null), moves it by some milliseconds, or ends it. */
export function rewindBy(what: number | null | "end"): void {
  if (what === "end" || (what === null && store.rewinding.value)) {
    store.rewinding.value = false;
    store.rewoundTo.value = null;
  } else if (what === null) {
    store.rewinding.value = true;
    store.rewoundTo.value = store.picture.now;
  } else if (store.rewoundTo.value !== null) {
    move(store.rewoundTo.value + what);
  }
}

function move(to: number): void {
  const [from, until] = [past.from ?? store.picture.now, store.picture.now];
  store.rewoundTo.value = Math.min(until, Math.max(from, to));
}

export function RewindBar() {
  void store.pictureSeq.value;
  const at = store.rewoundTo.value;
  if (!store.rewinding.value || at === null) return null;
  const [from, until] = [past.from ?? store.picture.now, store.picture.now];
  return (
    <div class="bar rewind" role="group" aria-label={t("rewind.title")}>
      <strong>{t("rewind.title")}</strong>
      <input
        type="range"
        min={from}
        max={until}
        step={10_000}
        value={at}
        aria-label={t("rewind.title")}
        aria-valuetext={utc(at)}
        onInput={(e) => move(Number(e.currentTarget.value))}
      />
      <time>
        {utc(at)} (−{span(until - at)})
      </time>
      <button onClick={() => rewindBy("end")}>
        {t("rewind.live")} <kbd>Esc</kbd>
      </button>
    </div>
  );
}
