// Details of the selection: an alert with its reason and history, or a track.

import type { AlertRow } from "../api";
import * as bench from "../bench";
import {
  amount,
  degrees,
  figure,
  knots,
  limit,
  local,
  placeWords,
  position,
  span,
  subjectName,
  targetOf,
  utc,
  utcDay,
  zoneName,
} from "../format";
import { t, withColon } from "../i18n";
import { isOn, KEYS } from "../keys";
import { isAlternative, quantities } from "../limits";
import { liveOf, nearestPlace } from "../map/shown";
import * as queue from "../queue";
import * as store from "../store";
import { Centres } from "./centres";
import { SHAPES, Sign } from "./queue";
import { Sharing } from "./sharing";
import { Timeline } from "./timeline";
import { TrackDetails } from "./track";
import { Truth } from "./truth";

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
  const when = (text: string): string => `${utc(Date.parse(text))} (${local(Date.parse(text))} ${t("top.local")})`;
  return (
    <>
      <h2 class={p.severity}>
        <Sign>{SHAPES[p.severity]}</Sign> {row.number} <Sign>·</Sign> {t(`pattern.${p.pattern}`)}{" "}
        {row.from && <span class="tag centre">{t("queue.from", { name: store.centreName(row.from) })}</span>}
      </h2>
      <p class="reason" lang="en">
        {p.summary}
      </p>
      <p class="facts">
        {t(`severity.${p.severity}`)} · {t(`certainty.${p.certainty}`)} · {t(`phase.${p.phase}`)}
        {p.end_reason && ` (${t(`end.${p.end_reason}`)})`} · {t(`marking.${p.marking}`)}
      </p>
      <Now row={row} />
      <p class="facts">
        {t("details.event")}, {utc(Date.parse(p.time))} ({t("details.old", { age: span(store.now.value - Date.parse(p.time)) })})
        <br />
        {[position(geometry.coordinates), placeWords(p.place), coastWords(p.place.to_coast_nm)].filter(Boolean).join(" · ")}
        <br />
        {t("details.onset")} {p.onset.slice(0, 10)} {when(p.onset)}
        <br />
        {t("details.raised")} {utcDay(row.raised).slice(0, 10)} {utc(row.raised)}
        {p.phase === "updated" && ` · ${t("details.updated")} ${utc(Date.parse(p.time))}`}
        {p.ended && ` · ${t("phase.ended")} ${when(p.ended)}`}
      </p>
      {p.flood && (
        <p class="facts">
          {t("details.flood", {
            n: p.flood.alerts,
            apart: p.flood.apart,
            nm: p.flood.radius_nm,
            time: span(1000 * p.flood.duration_s),
          })}
        </p>
      )}
      <p class="facts">
        {t(`attention.${p.attention ?? "interrupt"}`)} · {withColon(t("details.usual"))}{" "}
        {p.usual ? <span lang="en">{p.usual.words}</span> : t("details.usual_unknown")}
      </p>
      <Actions />
      <Centres row={row} />
      <Limits row={row} />
      {p.subjects.map((subject) => (
        <Subject key={subject.track} row={row} track={subject.track} />
      ))}
      {p.zones.length > 0 && (
        <p class="facts">
          {withColon(t("details.zones"))} {p.zones.map(zoneName).join("; ")}
        </p>
      )}
      {p.not_judged.length > 0 && (
        <p class="facts">
          {withColon(t("details.not_judged"))} <span lang="en">{p.not_judged.join("; ")}</span>
        </p>
      )}
      <p class="facts">
        {t("details.evidence", { n: p.evidence.reports, feeds: p.evidence.feeds.join(", ") })}, {utc(Date.parse(p.evidence.first))} –{" "}
        {utc(Date.parse(p.evidence.last))}
      </p>
      <p class="facts raised-by">
        {`${withColon(t("rules.rule"))} ${p.rule}`}
        {p.rules_version && ` · ${t("rules.version", { version: p.rules_version.slice(0, 12) })}`}
        {store.mayTune.value && !row.from && (
          <button class="link" onClick={() => showRule(p.rule)}>
            {t("keys.rules")}
          </button>
        )}
      </p>
      <Sharing row={row} />
      <Truth row={row} key={row.alert.id} />
      <Timeline row={row} />
      <Together row={row} />
    </>
  );
}

/** Opens the Rules workspace at a rule. */
function showRule(name: string): void {
  [bench.chosen.value, bench.tab.value, store.panel.value] = [name, "rules", "rules"];
}

/** Actions that are possible now, each with its key. Viewers can only copy and show. */
function Actions() {
  const keys = KEYS.filter((key) => (key.onAlert || key.name === "copy" || key.name === "show") && isOn(key));
  const count = queue.targets.value.length;
  return (
    <div class="actions">
      {keys.map((key) => (
        <button key={key.name} class={key.name === "acknowledge" ? "first" : ""} onClick={key.run}>
          {t(`keys.${key.name}`)} <kbd>{key.key.toUpperCase()}</kbd>
        </button>
      ))}
      {count > 1 && <p class="facts">{t("details.for_all", { n: count })}</p>}
    </div>
  );
}

/** The other alerts of the selected group. */
function Together({ row }: { row: AlertRow }) {
  const rows = queue.groupOf(row.alert.id)?.rows.filter((other) => other !== row) ?? [];
  if (rows.length === 0) return null;
  return (
    <>
      <h3>{t("details.together", { n: rows.length })}</h3>
      <ul class="history">
        {rows.map((other) => (
          <li key={other.alert.id}>
            <button class="link" onClick={() => (store.selection.value = { kind: "alert", id: other.alert.id })}>
              {other.number} {other.alert.properties.subjects.map(subjectName).join(", ")}
            </button>{" "}
            {span(store.now.value - other.raised)} {other.acknowledged && t("queue.seen_by", { name: other.acknowledged.by })}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Where each subject is now, with the age of its report: an alert's own position is older. */
function Now({ row }: { row: AlertRow }) {
  void store.pictureSeq.value;
  const live = liveOf(row);
  if (row.alert.properties.subjects.length === 0) return null;
  return (
    <ul class="now" aria-label={t("details.now")}>
      {live.length === 0 && <li>{t("details.not_now")}</li>}
      {live.map(({ name, at, time, now, sogKn, cogDeg, lost }) => (
        <li key={name}>
          <strong>
            {t(lost ? "details.last" : "details.now")} · {name}
          </strong>{" "}
          <span class="age">
            {utc(time)} ({t("details.old", { age: span(now - time) })})
          </span>
          <br />
          <strong>{position(at)}</strong> · {knots(sogKn)} {degrees(cogDeg)}
          <br />
          {placeWords(nearestPlace(at))}
        </li>
      ))}
    </ul>
  );
}

const coastWords = (nm: number | null): string => (nm === null ? "" : t("details.to_coast", { nm: figure(nm.toFixed(1)) }));

function Limits({ row }: { row: AlertRow }) {
  const { measured, limits, pattern } = row.alert.properties;
  const rows = quantities(row.alert.properties);
  if (rows.length === 0) return null;
  return (
    <table class="limits">
      <thead>
        <tr>
          <th scope="col">
            <span class="spoken">{t("details.quantity")}</span>
          </th>
          <th scope="col">{t("details.measured")}</th>
          <th scope="col">{t("details.limit")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, limit: of }) => {
          const [word, bound] = limit(pattern, of, limits[of] ?? null);
          return (
            <tr key={name}>
              <th scope="row">{word}</th>
              <td>{name in measured ? amount(name, measured[name]) : ""}</td>
              <td>
                {bound} {isAlternative(pattern, of, limits) && <span class="tag">{t("details.or")}</span>}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Subject({ row, track }: { row: AlertRow; track: string }) {
  const subject = row.alert.properties.subjects.find((s) => s.track === track);
  if (!subject) return null;
  const target = store.picture.byKeyOf(track);
  const others = store.alertRows.value.filter((other) => other !== row && other.alert.properties.subjects.some((s) => s.track === track));
  const source = targetOf(track);
  const silence = store.silences.value.get(track);
  const who = [
    subject.mmsi && `MMSI ${subject.mmsi}`,
    subject.imo && `IMO ${subject.imo}`,
    subject.icao && `ICAO ${subject.icao}`,
    subject.call_sign,
    source && t("details.target", { ...source }),
    subject.flag,
    subject.ship_type && t(`ship.${subject.ship_type}`),
    subject.length_m && `${subject.length_m} m`,
  ].filter(Boolean);
  return (
    <section class={subject.dark ? "subject dark" : "subject"}>
      <h3>
        {subjectName(subject)}
        {subject.dark && <span class="tag urgent">{t(subject.domain === "air" ? "details.dark_air" : "details.dark")}</span>}
        {silence && <span class="tag urgent">{t("queue.silenced", { until: utc(silence.until) })}</span>}
        {target && (
          <button class="link" onClick={() => (store.selection.value = { kind: "track", id: target.id })}>
            {t("details.track")}
          </button>
        )}
      </h3>
      <p class="facts">
        {who.length > 0 ? who.join(" · ") : track}
        <br />
        {knots(subject.sog_kn)} {degrees(subject.cog_deg)} · {subject.position ? position(subject.position) : "–"} ·{" "}
        {subject.position_time ? utc(Date.parse(subject.position_time)) : "–"}
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
