// A judgement of an analyst about an alert, which is kept as truth for scores and trials.

import { useState } from "preact/hooks";
import type { AlertRow, Verdict } from "../api";
import * as bench from "../bench";
import { t } from "../i18n";
import * as store from "../store";

const VERDICTS: readonly Verdict[] = ["true", "false", "unclear"];

export function Truth({ row }: { row: AlertRow }) {
  const [verdict, setVerdict] = useState<Verdict | "">("");
  const [why, setWhy] = useState("");
  if (!store.mayTune.value || store.session.value?.mode === "replay") return null;
  return (
    <details class="truth">
      <summary>{t("truth.title")}</summary>
      {row.from ? (
        <p class="facts">{t("truth.other", { centre: store.centreName(row.from) })}</p>
      ) : (
        <form
          onSubmit={(e) => {
            e.preventDefault();
            if (verdict) void bench.judge(row.alert.id, verdict, why).then((done) => done && setWhy(""));
          }}
        >
          <label>
            {t("truth.verdict")}
            <select required value={verdict} onChange={(e) => setVerdict(e.currentTarget.value as Verdict)}>
              <option value="" />
              {VERDICTS.map((word) => (
                <option key={word} value={word}>
                  {t(`truth.${word}`)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t("truth.why")}
            <input required maxLength={1000} value={why} onInput={(e) => setWhy(e.currentTarget.value)} />
          </label>
          <button type="submit">{t("truth.keep")}</button>
        </form>
      )}
    </details>
  );
}
