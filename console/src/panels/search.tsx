// A vessel, an aircraft or an alert by what it is called.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Found } from "../api";
import { get } from "../client";
import { t } from "../i18n";
import { showOnMap } from "../map/view";
import * as store from "../store";
import { Drawer } from "./drawer";

export function SearchPanel() {
  const [asked, setAsked] = useState("");
  const [found, setFound] = useState<Found[]>([]);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    const waiting = setTimeout(() => {
      if (!asked.trim()) setFound([]);
      else get<Found[]>(`/search?q=${encodeURIComponent(asked)}`).then(setFound, () => undefined);
    }, 150);
    return () => clearTimeout(waiting);
  }, [asked]);
  const show = (hit: Found | undefined): void => {
    if (!hit) return;
    store.selection.value = hit.kind === "track" ? { kind: "track", id: hit.id } : { kind: "alert", id: hit.id };
    const target = hit.kind === "track" ? store.picture.targets.get(hit.id) : undefined;
    if (target) showOnMap([target.lon, target.lat]);
    store.panel.value = "none";
  };
  return (
    <Drawer title={t("keys.search")}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          show(found[0]);
        }}
      >
        <input ref={input} type="search" class="search" value={asked} aria-label={t("search.words")} placeholder={t("search.words")} onInput={(e) => setAsked(e.currentTarget.value)} />
      </form>
      <ul class="found">
        {found.map((hit) => (
          <li key={hit.kind + hit.id}>
            <button class="link" onClick={() => show(hit)}>
              {hit.label}
            </button>
          </li>
        ))}
      </ul>
      {asked.trim() && found.length === 0 && <p class="empty">{t("search.none")}</p>}
    </Drawer>
  );
}
