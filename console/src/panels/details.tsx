// What is selected: an alert with its reason and what was done, or a track.

import { limit, position, span, utc, utcDay, local, knots, degrees } from "../format";
import { t } from "../i18n";
import { KEYS } from "../keys";
import type { AlertRow } from "../api";
import * as store from "../store";
import { SHAPES } from "./queue";
import { TrackDetails } from "./track";

export function Details() {
  const row = store.selectedRow.value;
  const selected = store.selection.value;
  if (!row && selected?.kind !== "track") return null;
  return (
    <aside class="details" aria-label={t("details.title")}>
      <button class="shut" aria-label={t("details.shut")} onClick={() => (store.selection.value = null)}>
        ✕
      </button>
      {row ? <AlertDetails row={row} /> : selected?.kind === "track" && <TrackDetails id={selected.id} />}
    </aside>
  );
}

function AlertDetails({ row }: { row: AlertRow }) {
  const { properties: p, geometry } = row.alert;
  return (
    <>
      <h2 class={p.severity}>
        {SHAPES[p.severity]} {row.number} · {t(`pattern.${p.pattern}`)}
      </h2>
      <p class="reason">{p.summary}</p>
      <p class="facts">
        {t(`severity.${p.severity}`)} · {t(`certainty.${p.certainty}`)} · {t(`phase.${p.phase}`)}
        {p.end_reason && ` (${p.end_reason})`} · {p.marking}
        <br />
        {position(geometry.coordinates)}
        <br />
        {t("details.onset")} {utcDay(Date.parse(p.onset))} · {t("details.raised")} {utc(Date.parse(p.time))} ({local(Date.parse(p.time))})
      </p>
      {store.mayAct.value && (
        <div class="actions">
          {KEYS.filter((key) => key.onAlert || key.name === "copy" || key.name === "show").map((key) => (
            <button key={key.key} onClick={key.run}>
              {t(`keys.${key.name}`)} <kbd>{key.key}</kbd>
            </button>
          ))}
        </div>
      )}
      <Limits row={row} />
      {p.subjects.map((subject) => (
        <Subject key={subject.track} row={row} track={subject.track} />
      ))}
      {p.zones.length > 0 && (
        <p class="facts">
          {t("details.zones")}: {p.zones.map((zone) => `${zone.name}${zone.status ? ` (${zone.status})` : ""}`).join("; ")}
        </p>
      )}
      {p.not_judged.length > 0 && (
        <p class="facts">
          {t("details.not_judged")}: {p.not_judged.join(", ")}
        </p>
      )}
      <p class="facts">
        {t("details.evidence", { n: p.evidence.reports, feeds: p.evidence.feeds.join(", ") })}
      </p>
      <Done row={row} />
    </>
  );
}

function Limits({ row }: { row: AlertRow }) {
  const { measured, limits } = row.alert.properties;
  const names = [...new Set([...Object.keys(measured), ...Object.keys(limits)])].filter((name) => limits[name] !== null || measured[name] !== null);
  if (names.length === 0) return null;
  return (
    <table class="limits">
      <thead>
        <tr>
          <th scope="col" />
          <th scope="col">{t("details.measured")}</th>
          <th scope="col">{t("details.limit")}</th>
        </tr>
      </thead>
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <th scope="row">{limit(name, null)[0]}</th>
            <td>{name in measured ? limit(name, measured[name] ?? null)[1] : ""}</td>
            <td>{name in limits ? limit(name, limits[name] ?? null)[1] : ""}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Subject({ row, track }: { row: AlertRow; track: string }) {
  const subject = row.alert.properties.subjects.find((s) => s.track === track);
  if (!subject) return null;
  const target = store.picture.byKeyOf(track);
  const others = store.alertRows.value.filter(
    (other) => other !== row && other.alert.properties.subjects.some((s) => s.track === track),
  );
  const who = [
    subject.mmsi && `MMSI ${subject.mmsi}`, subject.imo && `IMO ${subject.imo}`, subject.icao && `ICAO ${subject.icao}`,
    subject.call_sign, subject.flag, subject.ship_type, subject.length_m && `${subject.length_m} m`,
  ].filter(Boolean);
  return (
    <section class={subject.dark ? "subject dark" : "subject"}>
      <h3>
        {subject.name ?? subject.call_sign ?? track}
        {subject.dark && <span class="tag urgent">{t(subject.domain === "air" ? "details.dark_air" : "details.dark")}</span>}
        {target && (
          <button class="link" onClick={() => (store.selection.value = { kind: "track", id: target.id })}>
            {t("details.track")}
          </button>
        )}
      </h3>
      <p class="facts">
        {who.join(" · ")}
        <br />
        {knots(subject.sog_kn)} {degrees(subject.cog_deg)} · {position(subject.position)} · {utc(Date.parse(subject.position_time))}
        {subject.formerly.map((was) => (
          <span key={was.mmsi}>
            <br />
            {t("details.formerly", { name: was.name ?? String(was.mmsi), until: utc(Date.parse(was.until)) })}
          </span>
        ))}
      </p>
      {others.length > 0 && (
        <ul class="history">
          {others.slice(0, 6).map((other) => (
            <li key={other.alert.id}>
              <button class="link" onClick={() => (store.selection.value = { kind: "alert", id: other.alert.id })}>
                {other.number} {t(`pattern.${other.alert.properties.pattern}`)}
              </button>{" "}
              {span(store.now.value - other.raised)}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** What officers did about it. */
function Done({ row }: { row: AlertRow }) {
  const lines: [number, string][] = row.comments.map((c) => [c.time, `${c.by}: ${c.text}`]);
  if (row.acknowledged) lines.push([row.acknowledged.time, t("queue.seen_by", { name: row.acknowledged.by })]);
  if (row.assigned) lines.push([row.assigned.time, `${t("queue.with", { name: row.assigned.to })} (${row.assigned.by})`]);
  if (row.closed) {
    lines.push([row.closed.time, `${t(`outcome.${row.closed.outcome}`)} (${row.closed.by}) ${row.closed.text ?? ""}`]);
  }
  if (lines.length === 0) return null;
  return (
    <ul class="history">
      {lines.sort((a, b) => a[0] - b[0]).map(([time, text]) => (
        <li key={`${time}${text}`}>
          <time>{utc(time)}</time> {text}
        </li>
      ))}
    </ul>
  );
}
