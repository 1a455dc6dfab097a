// Panel of marks: adds a reported contact, and lists existing marks.

import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { Marked } from "../api";
import { act } from "../client";
import { markName, parsePosition, position, utc } from "../format";
import { t } from "../i18n";
import { showOnMap } from "../map/shown";
import { placed } from "../map/tools";
import * as store from "../store";
import { Drawer } from "./drawer";
import { useSubmit } from "./submit";

export function MarkPanel() {
  const [kind, setKind] = useState<"contact" | "unit">("contact");
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const [where, setWhere] = useState("");
  const [cog, setCog] = useState("");
  const [sog, setSog] = useState("");
  const [to, setTo] = useState<readonly string[]>([]);
  const place = parsePosition(where);
  const others = store.centres.value.map((centre) => centre.name).filter((name) => name !== store.own.value);
  // A layout effect runs before the next key; an effect after painting could reset a tool that was chosen meanwhile.
  useLayoutEffect(() => {
    store.tool.value = "place-contact";
    return () => (store.tool.value = "none");
  }, []);
  const clicked = placed.value;
  useEffect(() => {
    if (clicked) setWhere(position(clicked));
  }, [clicked]);
  const add = useSubmit(async () => {
    const number = (value: string): number | null => (value.trim() === "" ? null : Number(value));
    const mark = {
      id: crypto.randomUUID(),
      kind,
      name,
      text: text || null,
      position: place,
      track: null,
      cog_deg: kind === "contact" ? number(cog) : null,
      sog_kn: kind === "contact" ? number(sog) : null,
      top_speed_kn: kind === "unit" ? number(sog) : null,
      marking: null,
      releasable_to: to.length > 0 ? [...to] : null,
    };
    if (await act({ action: "mark", mark })) {
      setName("");
      setText("");
      setTo([]);
    }
  });
  return (
    <Drawer title={t("mark.title")} narrow>
      <form class="fields" onSubmit={add}>
        <label>
          {t("mark.kind")}
          <select value={kind} onChange={(e) => setKind(e.currentTarget.value as "contact" | "unit")}>
            <option value="contact">{t("mark.contact")}</option>
            <option value="unit">{t("mark.unit")}</option>
          </select>
        </label>
        <label>
          {t("mark.name")}
          <input required maxLength={60} value={name} onInput={(e) => setName(e.currentTarget.value)} />
        </label>
        <label>
          {t("mark.position")}
          <input
            required
            value={where}
            placeholder="13 05.1 N, 059 36.4 W"
            aria-invalid={where !== "" && !place}
            onInput={(e) => setWhere(e.currentTarget.value)}
          />
        </label>
        <div class="pair">
          {kind === "contact" && (
            <label>
              {t("mark.course")}
              <input type="number" min="0" max="360" value={cog} onInput={(e) => setCog(e.currentTarget.value)} />
            </label>
          )}
          <label>
            {t(kind === "unit" ? "mark.top_speed" : "mark.speed")}
            <input type="number" min="0" max="1000" step="0.1" value={sog} onInput={(e) => setSog(e.currentTarget.value)} />
          </label>
        </div>
        <label>
          {t("dialog.note")}
          <input maxLength={500} value={text} onInput={(e) => setText(e.currentTarget.value)} />
        </label>
        {others.length > 0 && (
          <fieldset>
            <legend>{t("mark.to")}</legend>
            {others.map((centre) => (
              <label key={centre} class="check">
                <input
                  type="checkbox"
                  checked={to.includes(centre)}
                  onChange={(e) => setTo(e.currentTarget.checked ? [...to, centre] : to.filter((other) => other !== centre))}
                />{" "}
                {store.centreName(centre)}
              </label>
            ))}
          </fieldset>
        )}
        <button disabled={!name.trim() || !place}>{t("mark.add")}</button>
      </form>
      <p class="facts">{t("mark.words")}</p>
      <ul class="found">
        {store.marks.value.map((mark) => (
          <li key={`${mark.centre ?? ""}/${mark.id}`}>
            <button class="link" onClick={() => look(mark)}>
              {markName(mark)}
            </button>{" "}
            {[t(`mark.is_${mark.kind}`), mark.text, mark.by, mark.time && utc(mark.time), mark.marking].filter(Boolean).join(" · ")}
            {!mark.centre && (
              <button
                class="remove"
                aria-label={`${t("mark.remove")}: ${mark.name}`}
                onClick={() => void act({ action: "unmark", mark: mark.id })}
              >
                {t("mark.remove")}
              </button>
            )}
          </li>
        ))}
      </ul>
    </Drawer>
  );
}

/** Shows a mark on the map, or selects its track. */
function look({ position: at, track }: Marked): void {
  const target = track === null ? undefined : store.picture.byKeyOf(track);
  if (target) store.selection.value = { kind: "track", id: target.id };
  const place = target ? ([target.lon, target.lat] as const) : at;
  if (place) showOnMap(place);
}
