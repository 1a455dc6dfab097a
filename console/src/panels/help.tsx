// Keys, symbols, layers.

import { KEYS } from "../keys";
import { t } from "../i18n";
import * as store from "../store";
import { Drawer } from "./drawer";

export function HelpPanel() {
  return (
    <Drawer title={t("help.title")}>
      <p class="facts">{t("help.words")}</p>
      <table class="wide keys">
        <tbody>
          {KEYS.map((key) => (
            <tr key={key.key}>
              <td>
                <kbd>{key.key === " " ? "␣" : key.key}</kbd>
              </td>
              <td>{t(`keys.${key.name}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h3>{t("help.layers")}</h3>
      <Layers />
    </Drawer>
  );
}

export function Layers() {
  const layers = store.layers.value;
  return (
    <div class="layers">
      {(Object.keys(layers) as (keyof store.Layers)[]).map((name) => (
        <label key={name}>
          <input
            type="checkbox" checked={layers[name]}
            onChange={(e) => (store.layers.value = { ...layers, [name]: e.currentTarget.checked })}
          />
          {t(`layer.${name}`)}
        </label>
      ))}
      <label>
        {t("layer.vector_min")}
        <input
          type="number" min="1" max="30" value={store.vectorMin.value}
          onChange={(e) => (store.vectorMin.value = Math.min(30, Math.max(1, Number(e.currentTarget.value) || 6)))}
        />
      </label>
    </div>
  );
}
