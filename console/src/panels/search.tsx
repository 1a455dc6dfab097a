// Search panel for vessels, aircraft and alerts.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Found } from "../api";
import { get } from "../client";
import { find, merged } from "../finding";
import { t } from "../i18n";
import { showOnMap } from "../map/shown";
import * as store from "../store";
import { Drawer } from "./drawer";

/** Pause in typing before the server is asked, ms. */
const PAUSE_MS = 150;

export function SearchPanel() {
  const [asked, setAsked] = useState("");
  const [served, setServed] = useState<Found[]>([]);
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => input.current?.focus(), []);
  useEffect(() => {
    let isAsked = true;
    setServed([]);
    const waiting = setTimeout(() => {
      const words = asked.trim();
      // Without the server the page's own results remain.
      if (words)
        get<Found[]>(`/search?q=${encodeURIComponent(words)}`).then(
          (hits) => isAsked && setServed(hits),
          () => undefined,
        );
    }, PAUSE_MS);
    return () => {
      isAsked = false;
      clearTimeout(waiting);
    };
  }, [asked]);
  const found = merged(find(asked, store.picture.targets.values(), store.alertRows.value), served);
  return (
    <Drawer title={t("keys.search")}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          show(found[0]);
        }}
        onKeyDown={(e) => step(e)}
      >
        <input
          ref={input}
          type="search"
          class="search"
          value={asked}
          aria-label={t("search.words")}
          placeholder={t("search.words")}
          onInput={(e) => setAsked(e.currentTarget.value)}
        />
        <ul class="found hits">
          {found.map((hit) => (
            <li key={hit.kind + hit.id}>
              <button type="button" class="link hit" onClick={() => show(hit)}>
                {hit.label}
              </button>
            </li>
          ))}
        </ul>
      </form>
      {asked.trim() && found.length === 0 && (
        <p class="empty" role="status">
          {t("search.none")}
        </p>
      )}
    </Drawer>
  );
}

/** Moves the focus between the field and the results with the arrow keys. */
function step(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>(".search, .hit")];
  const at = stops.indexOf(document.activeElement as HTMLElement);
  stops[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  event.preventDefault();
}

function show(hit: Found | undefined): void {
  if (!hit) return;
  store.selection.value = hit.kind === "track" ? { kind: "track", id: hit.id } : { kind: "alert", id: hit.id };
  const target = hit.kind === "track" ? store.picture.targets.get(hit.id) : undefined;
  if (target) showOnMap([target.lon, target.lat]);
  store.panel.value = "none";
}
