// List of the vessels about which only extreme alerts are raised: until when, by whom, and how to end it.

import { act } from "../client";
import { span, utc, utcDay } from "../format";
import { t } from "../i18n";
import * as store from "../store";
import { Drawer } from "./drawer";

export function SilencesPanel() {
  const silences = [...store.silences.value.values()].sort((a, b) => a.until - b.until);
  return (
    <Drawer title={t("silences.title")} narrow>
      <ul class="found">
        {silences.map(({ subject, name, until, by }) => {
          const day = utcDay(until).slice(0, 10) === utcDay(store.now.value).slice(0, 10) ? "" : `${utcDay(until).slice(0, 10)} `;
          return (
            <li key={subject}>
              <strong>{name}</strong> {t("silences.until", { until: day + utc(until), left: span(until - store.now.value), by })}{" "}
              {store.mayAct.value && (
                <button aria-label={`${t("silences.end")}: ${name}`} onClick={() => void end(subject, name)}>
                  {t("silences.end")}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {silences.length === 0 && <p class="empty">{t("silences.none")}</p>}
    </Drawer>
  );
}

async function end(subject: string, name: string): Promise<void> {
  if (await act({ action: "silence", subject, minutes: 0 })) store.tell(t("notice.unsilenced", { name }));
}
