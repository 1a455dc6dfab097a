// The zones at a place that was clicked, with the line of each; one of them is outlined on the map.

import { zoneName } from "../format";
import { t } from "../i18n";
import * as store from "../store";
import { lineOf } from "./lines";
import { COLOURS } from "./palette";
import { asked } from "./shown";

/** A piece of a zone's outline. */
export function Line({ kind, status }: { kind: string; status: string | null }) {
  const { colour, width, dash } = lineOf(kind, status);
  const stroke = COLOURS[store.palette.value][colour];
  return (
    <svg class="zone-line" viewBox="0 0 34 10" aria-hidden="true">
      <line x1="0" y1="5" x2="34" y2="5" stroke={stroke} stroke-width={width + 0.6} stroke-dasharray={dash.join(" ") || undefined} />
    </svg>
  );
}

export function Asked() {
  const at = asked.value;
  if (!at) return null;
  return (
    <section class="map-asked" aria-label={t("map.zones_here")}>
      <header>
        <strong>{t("map.zones_here")}</strong>
        <button aria-label={t("details.shut")} onClick={() => (asked.value = null)}>
          ✕
        </button>
      </header>
      <ul>
        {at.zones.map((zone) => (
          <li key={zone.id}>
            <button class="link" aria-pressed={zone.id === at.outlined} onClick={() => (asked.value = { ...at, outlined: zone.id })}>
              <Line kind={zone.kind} status={zone.status} />
              <span>{zoneName(zone)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
