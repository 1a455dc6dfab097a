// Help panel: keys, symbols and notes.

import { t } from "../i18n";
import { KEYS, type Key } from "../keys";
import * as queue from "../queue";
import { Drawer } from "./drawer";
import { SHAPES } from "./queue";

export function HelpPanel() {
  return (
    <Drawer title={t("help.title")}>
      <h3>{t("help.on_alert")}</h3>
      <Keys keys={KEYS.filter((key) => key.onAlert)} />
      <h3>{t("help.everywhere")}</h3>
      <Keys keys={KEYS.filter((key) => !key.onAlert)} />
      <p class="facts">{t("help.more_keys")}</p>
      <h3>{t("help.symbols")}</h3>
      <p class="facts">
        {(Object.keys(SHAPES) as (keyof typeof SHAPES)[]).map((name) => (
          <span key={name} class={`legend ${name}`}>
            <span class="badge">{SHAPES[name]}</span> {t(`severity.${name}`)}
          </span>
        ))}
      </p>
      <p class="facts">
        <span class="count waiting">{queue.unseen.value.length}</span> {t("help.count")}
      </p>
      <p class="facts">{t("help.words")}</p>
      <p class="facts">{t("help.more_symbols")}</p>
    </Drawer>
  );
}

function Keys({ keys }: { keys: readonly Key[] }) {
  return (
    <dl class="keys">
      {keys.map((key) => (
        <div key={key.name}>
          <dt>
            <kbd>{key.key === " " ? "␣" : key.key.toUpperCase()}</kbd>
          </dt>
          <dd>{t(`keys.${key.name}`)}</dd>
        </div>
      ))}
    </dl>
  );
}
