// The watch log as it is written by itself, and the brief for the next watch.

import { useEffect, useState } from "preact/hooks";
import type { LogLine } from "../api";
import { act, copy, get, text } from "../client";
import { utc } from "../format";
import { t } from "../i18n";
import * as store from "../store";
import { Drawer } from "./drawer";

export function LogPanel() {
  const [lines, setLines] = useState<LogLine[]>([]);
  const [brief, setBrief] = useState<string | null>(null);
  const [line, setLine] = useState("");
  const changed = store.alerts.value;
  const load = (): void => void get<LogLine[]>("/log").then(setLines, () => undefined);
  useEffect(load, [changed]);
  const add = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (await act({ action: "log", text: line })) {
      setLine("");
      // It is in the log once it is on disk.
      setTimeout(load, 400);
    }
  };
  return (
    <Drawer title={t("log.title")}>
      <div class="actions">
        <button onClick={() => void text("/brief").then(setBrief)}>{t("log.brief")}</button>
        {brief !== null && <button onClick={() => setBrief(null)}>{t("log.title")}</button>}
        {brief !== null && <button onClick={() => void copy(brief)}>{t("keys.copy")}</button>}
        <button onClick={() => window.print()}>{t("log.print")}</button>
        <a href="/api/v1/export/alerts.csv" download>
          CSV
        </a>
        <a href="/api/v1/export/alerts.kml" download>
          KML
        </a>
        <a href="/api/v1/export/tracks.geojson" download>
          GeoJSON
        </a>
      </div>
      {brief !== null ? (
        <pre class="brief">{brief}</pre>
      ) : (
        <>
          {store.mayAct.value && (
            <form class="line" onSubmit={(e) => void add(e)}>
              <input value={line} maxLength={2000} aria-label={t("log.add")} placeholder={t("log.add")} onInput={(e) => setLine(e.currentTarget.value)} />
              <button disabled={!line.trim()}>{t("log.write")}</button>
            </form>
          )}
          <ul class="log">
            {lines.map((entry, i) => (
              <li key={`${entry.time}${i}`} class={entry.what}>
                <time>{utc(entry.time)}</time> {entry.by && <strong>{entry.by}</strong>} {entry.text}
              </li>
            ))}
          </ul>
        </>
      )}
    </Drawer>
  );
}
