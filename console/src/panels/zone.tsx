// Drawing a zone for a trial: a circle, a polygon by clicks, or corners that are typed.

import { useState } from "preact/hooks";
import * as bench from "../bench";
import { position } from "../format";
import { t } from "../i18n";
import { distanceNm, type LonLat } from "../map/nautical";
import { showOnMap } from "../map/shown";
import { circle, crosses, idOf, parseCorners } from "../ring";
import * as store from "../store";

/** Kinds that a drawn zone may have. */
const KINDS: readonly string[] = ["area", "restricted", "anchorage", "cable", "port"];

function begin(shape: bench.Shape): void {
  bench.corners.value = [];
  bench.shape.value = shape;
  store.tool.value = "draw-zone";
}

/** Ring of what is drawn so far; null where it is no area yet. */
export function drawnRing() {
  const [middle, edge] = bench.corners.value;
  if (bench.shape.value === "circle") return middle && edge ? circle(middle, Math.max(0.05, distanceNm(middle, edge))) : null;
  return bench.corners.value.length >= 3 ? [...bench.corners.value] : null;
}

/** Brings a zone into the middle of the map. */
function show(ring: readonly LonLat[]): void {
  const [lons, lats] = [ring.map(([lon]) => lon), ring.map(([, lat]) => lat)];
  const middle = (of: number[]): number => (Math.min(...of) + Math.max(...of)) / 2;
  showOnMap([middle(lons), middle(lats)]);
}

export function ZoneForm() {
  const [name, setName] = useState("");
  const [kind, setKind] = useState(KINDS[0]!);
  const [rule, setRule] = useState("");
  const [typed, setTyped] = useState("");
  const ring = drawnRing();
  const isCrossed = ring !== null && crosses(ring);
  const rules = bench.inForce.value?.rules ?? [];
  const isDrawing = store.tool.value === "draw-zone";
  const add = (): void => {
    if (!ring || isCrossed) return;
    const id = idOf(
      name,
      bench.zones.value.map((zone) => zone.id),
    );
    bench.zones.value = [...bench.zones.value, { id, name: name.trim(), kind, ring, rule }];
    [bench.corners.value, bench.shape.value, store.tool.value] = [[], "none", "none"];
    setName("");
    setRule("");
    setTyped("");
    show(ring);
  };
  const type = (text: string): void => {
    setTyped(text);
    bench.shape.value = "polygon";
    bench.corners.value = parseCorners(text) ?? [];
    const ring = drawnRing();
    if (ring) show(ring);
  };
  return (
    <details class="zone-form">
      <summary>{t("zone_form.title")}</summary>
      <div class="actions">
        <button aria-pressed={isDrawing && bench.shape.value === "circle"} onClick={() => begin("circle")}>
          {t("zone_form.circle")}
        </button>
        <button aria-pressed={isDrawing && bench.shape.value === "polygon"} onClick={() => begin("polygon")}>
          {t("zone_form.polygon")}
        </button>
        <button disabled={bench.corners.value.length === 0} onClick={() => (bench.corners.value = bench.corners.value.slice(0, -1))}>
          {t("zone_form.undo")}
        </button>
      </div>
      {isDrawing && <p class="facts">{t(`zone_form.how_${bench.shape.value === "circle" ? "circle" : "polygon"}`)}</p>}
      <label>
        {t("zone_form.corners")}
        <textarea
          rows={3}
          placeholder={"13 05.0 N, 59 36.0 W"}
          value={typed || bench.corners.value.map(position).join("\n")}
          onInput={(e) => type(e.currentTarget.value)}
        />
      </label>
      {typed && parseCorners(typed) === null && <p class="error">{t("zone_form.wrong")}</p>}
      {isCrossed && <p class="error">{t("zone_form.crossed")}</p>}
      <form
        class="fields"
        onSubmit={(e) => {
          e.preventDefault();
          add();
        }}
      >
        <label>
          {t("zone_form.name")}
          <input required maxLength={60} value={name} onInput={(e) => setName(e.currentTarget.value)} />
        </label>
        <label>
          {t("zone_form.kind")}
          <select value={kind} onChange={(e) => setKind(e.currentTarget.value)}>
            {KINDS.map((word) => (
              <option key={word} value={word}>
                {t(`zone.${word}`)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("zone_form.rule")}
          <select value={rule} onChange={(e) => setRule(e.currentTarget.value)}>
            <option value="">{t("zone_form.no_rule")}</option>
            {rules.map((one) => (
              <option key={one.name} value={one.name}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        <div class="actions">
          <button type="submit" disabled={!ring || isCrossed}>
            {t("zone_form.add")}
          </button>
        </div>
      </form>
    </details>
  );
}
