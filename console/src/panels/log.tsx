// The watch log, which the server writes, and the brief for the next watch.

import { Fragment } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { LogLine } from "../api";
import { act, copy, get, text, words } from "../client";
import { utc, utcDay } from "../format";
import { t } from "../i18n";
import * as store from "../store";
import { Drawer } from "./drawer";
import { useSubmit } from "./submit";

const AGAIN_MS = 10_000;

export function LogPanel() {
  const [lines, setLines] = useState<LogLine[]>([]);
  const [brief, setBrief] = useState<string | null>(null);
  const [line, setLine] = useState("");
  const changed = store.alerts.value;
  const load = (): void => void get<LogLine[]>("/log").then(setLines, (error: unknown) => store.warn(words(error)));
  useEffect(load, [changed]);
  // Lines of other officers change no alert, so the log is fetched again at intervals.
  useEffect(() => {
    const again = setInterval(load, AGAIN_MS);
    return () => clearInterval(again);
  }, []);
  const add = useSubmit(async () => {
    if (await act({ action: "log", text: line })) {
      setLine("");
      // The log shows the line once it is on disk.
      setTimeout(load, 400);
    }
  });
  return (
    <Drawer title={t("log.title")}>
      <div class="actions">
        <button onClick={() => void text("/brief").then(setBrief, (error: unknown) => store.warn(words(error)))}>{t("log.brief")}</button>
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
        <pre class="brief" lang="en">
          {brief}
        </pre>
      ) : (
        <>
          {store.mayAct.value && (
            <form class="line" onSubmit={add}>
              <input
                value={line}
                maxLength={2000}
                aria-label={t("log.add")}
                placeholder={t("log.add")}
                onInput={(e) => setLine(e.currentTarget.value)}
              />
              <button disabled={!line.trim()}>{t("log.write")}</button>
            </form>
          )}
          <Lines lines={lines} />
        </>
      )}
    </Drawer>
  );
}

/** The log's lines, newest first, under a heading per day. */
function Lines({ lines }: { lines: readonly LogLine[] }) {
  const day = (line: LogLine | undefined): string => (line ? utcDay(line.time).slice(0, 10) : "");
  return (
    <ul class="log">
      {lines.map((line, i) => (
        <Fragment key={`${line.time} ${line.by} ${line.text}`}>
          {day(line) !== day(lines[i - 1]) && <li class="day">{day(line)}</li>}
          <li class={line.what}>
            <time>{utc(line.time)}</time> {line.by && <strong>{line.by}</strong>}{" "}
            <span lang={line.what === "action" ? undefined : "en"}>{line.text}</span>
          </li>
        </Fragment>
      ))}
    </ul>
  );
}
