// Who gets an alert, in which form, and why the others do not; an officer releases or withholds it by hand.

import { useEffect, useState } from "preact/hooks";
import type { AlertRow, AlertSharing } from "../api";
import { act, get } from "../client";
import * as dialog from "../dialog";
import { t } from "../i18n";
import * as store from "../store";

export function Sharing({ row }: { row: AlertRow }) {
  const [centres, setCentres] = useState<AlertSharing[]>([]);
  const id = row.alert.id;
  useEffect(() => {
    let isShown = true;
    const set = (found: AlertSharing[]): void => void (isShown && setCentres(found));
    get<AlertSharing[]>(`/alerts/${encodeURIComponent(id)}/sharing`).then(set, () => set([]));
    return () => {
      isShown = false;
    };
  }, [id, row]);
  if (centres.length === 0) return null;
  return (
    <>
      <h3>{t("sharing.title")}</h3>
      <ul class="history">
        {centres.map((centre) => (
          <li key={centre.centre}>
            <strong>{centre.label}</strong> {t(centre.released ? "sharing.gets" : "sharing.not")}
            {centre.share && ` (${centre.share})`}: <span lang="en">{centre.reason}</span>
            {centre.passed.length > 0 && <span lang="en"> · {centre.passed.map(({ share, key }) => `${share}: ${key}`).join(", ")}</span>}{" "}
            {store.mayAct.value && (
              <button class="link" onClick={() => ask(id, centre)}>
                {t(centre.released ? "keys.withhold" : "keys.disclose")}
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Asks for the reason, and releases an alert to a centre or withholds it. */
function ask(alert: string, { centre, released }: AlertSharing): void {
  const action = released ? "withhold" : "disclose";
  const fields = [{ name: "text", label: t("sharing.reason", { centre }), long: true }];
  dialog.ask(action, fields, ({ text }) => act({ action, alerts: [alert], to: centre, text: text ?? "" }));
}
