// Panel of the exercise's director: sensor failures, injected messages, and the debrief against the truth.

import { useEffect, useState } from "preact/hooks";
import type { Debrief } from "../api";
import { get, play } from "../client";
import { span, utc } from "../format";
import { t } from "../i18n";
import * as store from "../store";
import { Drawer } from "./drawer";
import { useSubmit } from "./submit";

export function DirectorPanel() {
  const [topic, setTopic] = useState("");
  const [payload, setPayload] = useState("");
  const inject = useSubmit(() => play({ command: "inject", topic, payload }));
  const failed = store.player.value?.failed ?? [];
  return (
    <Drawer title={t("player.director")}>
      <h3>{t("director.sensors")}</h3>
      <ul class="found">
        {store.health.value?.feeds.map((feed) => (
          <li key={feed.name}>
            <label>
              <input
                type="checkbox"
                checked={!failed.includes(feed.name)}
                onChange={(e) => void play({ command: "fail", feed: feed.name, failed: !e.currentTarget.checked })}
              />
              {feed.name} {failed.includes(feed.name) && <span class="tag urgent">{t("director.failed")}</span>}
            </label>
          </li>
        ))}
      </ul>
      <h3>{t("director.inject")}</h3>
      <form class="fields" onSubmit={inject}>
        <label>
          {t("director.topic")}
          <input required value={topic} onInput={(e) => setTopic(e.currentTarget.value)} />
        </label>
        <label>
          {t("director.payload")}
          <textarea required rows={4} value={payload} onInput={(e) => setPayload(e.currentTarget.value)} />
        </label>
        <button>{t("director.put_in")}</button>
      </form>
    </Drawer>
  );
}

export function DebriefPanel() {
  const [debrief, setDebrief] = useState<Debrief | null>(null);
  const [wrong, setWrong] = useState("");
  useEffect(() => void get<Debrief>("/debrief").then(setDebrief, (error: Error) => setWrong(error.message)), [store.alerts.value]);
  const after = (seconds: number | null): string => (seconds === null ? "–" : span(seconds * 1000));
  return (
    <Drawer title={t("player.debrief")}>
      {wrong && <p class="error">{wrong}</p>}
      {debrief && (
        <>
          <table class="wide">
            <thead>
              <tr>
                {["behaviour", "due", "raised", "acknowledged", "closed"].map((name) => (
                  <th key={name} scope="col">
                    {t(`debrief.${name}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {debrief.behaviours.map((b) => (
                <tr key={`${b.due}${b.pattern}${b.subjects.join()}`} class={b.raised_s === null ? "silent" : ""}>
                  <th scope="row">
                    {b.number ?? "✕"} {t(`pattern.${b.pattern}`)} <small>{b.subjects.join(", ")}</small>
                  </th>
                  <td>{utc(b.due)}</td>
                  <td>{b.raised_s === null ? t("debrief.never") : after(b.raised_s)}</td>
                  <td>{after(b.acknowledged_s)}</td>
                  <td>{after(b.closed_s)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <h3>{t("debrief.false")}</h3>
          <ul class="found">
            {debrief.false_alerts.map((alert) => (
              <li key={alert.id}>
                <button class="link" onClick={() => (store.selection.value = { kind: "alert", id: alert.id })}>
                  {alert.number} {t(`pattern.${alert.pattern}`)} {utc(alert.time)}
                </button>
              </li>
            ))}
            {debrief.false_alerts.length === 0 && <li>{t("debrief.none")}</li>}
          </ul>
        </>
      )}
    </Drawer>
  );
}
