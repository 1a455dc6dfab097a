// Panel of the exercise's director: sensor failures, injected messages, and the debrief against the truth.

import { useEffect, useState } from "preact/hooks";
import type { Debrief } from "../api";
import { get, play } from "../client";
import { span, subjectName, utc, utcDay } from "../format";
import { t } from "../i18n";
import { nameOf } from "../picture";
import * as store from "../store";
import { Drawer } from "./drawer";
import { useSubmit } from "./submit";
import { TEMPLATES } from "./templates";

/** A topic that a filter takes: a wildcard becomes a level. */
const topicOf = (filter = ""): string => filter.replace(/\+/g, "director").replace(/#$/, "director");

export function DirectorPanel() {
  const feeds = store.player.value?.feeds ?? [];
  const [topic, setTopic] = useState("");
  const [payload, setPayload] = useState("");
  const [wrong, setWrong] = useState("");
  const [format, setFormat] = useState("");
  const templates = TEMPLATES[format] ?? [];
  const choose = (name: string): void => {
    const feed = feeds.find((one) => one.name === name);
    setTopic(topicOf(feed?.topics[0]));
    setFormat(feed?.format ?? "");
    // What was written by hand stays.
    const isTemplate = Object.values(TEMPLATES).some((list) => list.some((one) => one.payload === payload));
    if (feed && (payload === "" || isTemplate)) setPayload(TEMPLATES[feed.format]?.[0]?.payload ?? "");
  };
  const inject = useSubmit(async () => {
    const isSent = await play({ command: "inject", topic, payload });
    // The reason stands here, beside the message; a notice would cover the button.
    setWrong(isSent ? "" : (store.notice.value?.text ?? ""));
    store.notice.value = null;
    if (isSent) store.tell(t("notice.sent", { topic }));
  });
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
          {t("director.feed")}
          <select onChange={(e) => choose(e.currentTarget.value)}>
            <option value="">{t("dialog.choose")}</option>
            {feeds.map(({ name, format }) => (
              <option key={name} value={name}>
                {name} ({format})
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("director.topic")}
          <input required value={topic} onInput={(e) => setTopic(e.currentTarget.value)} />
        </label>
        {templates.length > 1 && (
          <label>
            {t("director.template")}
            <select
              value={templates.find((one) => one.payload === payload)?.payload ?? ""}
              onChange={(e) => e.currentTarget.value && setPayload(e.currentTarget.value)}
            >
              <option value="">–</option>
              {templates.map((one) => (
                <option key={one.name} value={one.payload}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          {t("director.payload")}
          <textarea required rows={4} value={payload} onInput={(e) => setPayload(e.currentTarget.value)} />
        </label>
        {wrong && (
          <p class="error" role="alert">
            {wrong}
          </p>
        )}
        <button>{t("director.put_in")}</button>
      </form>
    </Drawer>
  );
}

/** Names of a behaviour's subjects: as its alert or the picture has them, or else as in the truth. */
function namesOf({ subjects, alert }: Debrief["behaviours"][number]): string {
  const told = alert === null ? undefined : store.alerts.value.get(alert)?.alert.properties.subjects;
  return subjects
    .map((key) => {
      const subject = told?.find(({ track }) => track === key);
      const target = store.picture.byKeyOf(key);
      // A craft of the scenario that no sensor names.
      return subject ? subjectName(subject) : target ? nameOf(target) : key.replace(/^vessel:/, "");
    })
    .join(", ");
}

/** Formats a delay; it is negative where the alert came before it was due. */
const after = (seconds: number | null): string =>
  seconds === null ? "–" : seconds < 0 ? `−${span(-seconds * 1000)}` : span(seconds * 1000);
const missed = (b: Debrief["behaviours"][number]): string => (b.optional ? t("debrief.optional") : t("debrief.never"));

/** The debrief as CSV, with the exercise in every line. */
export function csvOf({ label, behaviours }: Debrief): string {
  const quoted = (value: string | number | null): string => {
    if (typeof value !== "string") return String(value ?? "");
    return /[",\n]|^[=+\-@]/.test(value) ? `"${value.replaceAll('"', '""').replace(/^([=+\-@])/, "'$1")}"` : value;
  };
  const head = ["exercise", "node", "pattern", "subjects", "optional", "due", "raised_s", "acknowledged_s", "closed_s", "alert"];
  const lines = behaviours.map((b) => [
    label.exercise ?? "",
    label.node,
    b.pattern,
    namesOf(b),
    String(b.optional),
    new Date(b.due).toISOString(),
    ...[b.raised_s, b.acknowledged_s, b.closed_s],
    b.alert ?? "",
  ]);
  return [head, ...lines].map((line) => line.map(quoted).join(",")).join("\r\n");
}

function save(debrief: Debrief): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([csvOf(debrief)], { type: "text/csv" }));
  link.download = `EXERCISE-${debrief.label.exercise ?? "replay"}-debrief.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

export function DebriefPanel() {
  const [debrief, setDebrief] = useState<Debrief | null>(null);
  const [wrong, setWrong] = useState("");
  useEffect(() => void get<Debrief>("/debrief").then(setDebrief, (error: Error) => setWrong(error.message)), [store.alerts.value]);
  return (
    <Drawer title={t("player.debrief")}>
      {wrong && <p class="error">{wrong}</p>}
      {debrief && (
        <>
          <div class="actions">
            <button onClick={() => window.print()}>{t("log.print")}</button>
            <button onClick={() => save(debrief)}>{t("debrief.export")}</button>
          </div>
          <p class="facts">{[debrief.label.node, debrief.label.exercise, utcDay(store.now.value)].filter(Boolean).join(" · ")}</p>
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
                <tr key={`${b.due}${b.pattern}${b.subjects.join()}`} class={b.raised_s === null && !b.optional ? "silent" : ""}>
                  <th scope="row">
                    {b.alert === null ? (
                      <>
                        {b.optional ? "–" : "✕"} {t(`pattern.${b.pattern}`)}
                      </>
                    ) : (
                      <button class="link" onClick={() => (store.selection.value = { kind: "alert", id: b.alert! })}>
                        {b.number} {t(`pattern.${b.pattern}`)}
                      </button>
                    )}{" "}
                    <small>{namesOf(b)}</small>
                  </th>
                  <td>{utc(b.due)}</td>
                  <td>{b.raised_s === null ? missed(b) : after(b.raised_s)}</td>
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
