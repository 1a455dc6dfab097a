// Panel of the map: layers and measuring tools.

import { t } from "../i18n";
import { KEYS } from "../keys";
import { Line } from "../map/asked";
import { ZONE_KINDS } from "../map/lines";
import * as store from "../store";
import { Drawer } from "./drawer";

const TOOLS: readonly string[] = ["range_bearing", "cpa", "rewind"];
const LONGEST_VECTOR_MIN = 30;

export function MapPanel() {
  const layers = store.layers.value;
  return (
    <Drawer title={t("layer.title")} narrow>
      <div class="actions">
        {KEYS.filter((key) => TOOLS.includes(key.name)).map((key) => (
          <button
            key={key.name}
            onClick={() => {
              store.panel.value = "none";
              key.run();
            }}
          >
            {t(`keys.${key.name}`)} <kbd>{key.key.toUpperCase()}</kbd>
          </button>
        ))}
      </div>
      <h3>{t("help.layers")}</h3>
      <div class="layers">
        {(Object.keys(layers) as (keyof store.Layers)[]).map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={layers[name]}
              onChange={(e) => (store.layers.value = { ...layers, [name]: e.currentTarget.checked })}
            />
            {t(`layer.${name}`)} {name === "coverage" && <kbd>V</kbd>}
          </label>
        ))}
      </div>
      <label class="vector">
        {t("layer.vector_min")}
        <input
          type="number"
          min="1"
          max={LONGEST_VECTOR_MIN}
          value={store.vectorMin.value}
          onChange={(e) => (store.vectorMin.value = Math.min(LONGEST_VECTOR_MIN, Math.max(1, Number(e.currentTarget.value) || 6)))}
        />
      </label>
      <h3>{t("layer.lines")}</h3>
      <ul class="lines">
        {ZONE_KINDS.map((kind) => (
          <li key={kind}>
            <Line kind={kind} status={null} /> {t(`zone.${kind}`)}
          </li>
        ))}
      </ul>
      <p class="facts">{t("layer.lines_words")}</p>
    </Drawer>
  );
}
