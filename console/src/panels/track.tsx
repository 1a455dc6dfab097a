// Details of a track: identity, motion, marks, times to the coast and to own units.

import { useState } from "preact/hooks";
import type { TrailRow } from "../api";
import { act, get, words } from "../client";
import * as dialog from "../dialog";
import { degrees, figure, knots, markName, placeWords, position, span, targetOf, utc } from "../format";
import { t } from "../i18n";
import { aheadToCoastNm, bearingDeg, distanceNm, intercept } from "../map/nautical";
import { coast, nearestPlace } from "../map/shown";
import { isDark, isLost, nameOf, type Target } from "../picture";
import * as store from "../store";
import { WhyNoAlert } from "./why";

const STEP_MS = 5 * 60_000;

export function TrackDetails({ id }: { id: number }) {
  void store.pictureSeq.value;
  const target = store.picture.targets.get(id);
  if (!target) return <p class="empty">{t("track.gone")}</p>;
  const about = target.about;
  const source = targetOf(about?.key ?? "");
  const rows: [string, string | number | null | undefined][] = [
    ["MMSI", about?.mmsi],
    ["IMO", about?.imo],
    ["ICAO", about?.icao],
    [t("track.call_sign"), about?.call_sign],
    [t("track.flag"), about?.flag],
    [t("track.type"), about?.ship_type && t(`ship.${about.ship_type}`)],
    [t("track.length"), about?.length_m && `${about.length_m} m`],
    [t("track.size"), about?.size_m && `${Math.round(about.size_m)} m`],
    [t("track.draught"), about?.draught_m && figure(`${about.draught_m} m`)],
    [t("track.destination"), about?.destination],
    [t("track.eta"), about?.eta?.replace("T", " ")],
    [t("track.status"), about?.nav_status && t(`nav.${about.nav_status.replaceAll(" ", "_")}`)],
    [t("track.squawk"), about?.squawk],
    ["SOG", knots(target.sogKn)],
    ["COG", degrees(target.cogDeg)],
    ["HDG", target.headingDeg === null ? null : degrees(target.headingDeg)],
    [t("track.altitude"), target.altitudeFt === null ? null : `${target.altitudeFt} ft`],
    [t("track.position"), `${position([target.lon, target.lat])}${about?.accurate ? ` (${t("track.accurate")})` : ""}`],
    ["", placeWords(nearestPlace([target.lon, target.lat]))],
    [t("track.heard"), `${utc(target.time)} (${span(store.now.value - target.time)})`],
    [t("track.source"), about ? `${about.source}: ${about.feeds.join(", ")}` : null],
    ["", source && t("details.target", { ...source })],
    [t("track.first"), about && utc(about.first_heard)],
    ...ahead(target),
  ];
  const key = about?.key ?? "";
  const silence = store.silences.value.get(key);
  const alerts = store.alertRows.value.filter((row) => row.alert.properties.subjects.some((s) => s.track === key));
  return (
    <>
      <h2>
        {nameOf(target)} {isDark(target) && <span class="tag urgent">{t("details.dark")}</span>}
        {isLost(target) && <span class="tag">{t("track.lost")}</span>}
        {silence && <span class="tag urgent">{t("queue.silenced", { until: utc(silence.until) })}</span>}
      </h2>
      <table class="limits">
        <tbody>
          {rows
            .filter(([, value]) => value !== null && value !== undefined && value !== "")
            .map(([name, value], i) => (
              <tr key={name || i}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
        </tbody>
      </table>
      <Marks track={key} />
      {store.mayAct.value && (
        <div class="actions">
          <button onClick={() => tag(key, "tag")}>{t("mark.tag")}</button>
          <button onClick={() => tag(key, "unit")}>{t("mark.unit")}</button>
        </div>
      )}
      <Way key={id} id={id} />
      <WhyNoAlert key={`why ${id}`} id={id} />
      <ul class="history">
        {alerts.map((row) => (
          <li key={row.alert.id}>
            <button class="link" onClick={() => (store.selection.value = { kind: "alert", id: row.alert.id })}>
              {row.number} {t(`pattern.${row.alert.properties.pattern}`)}
            </button>{" "}
            {span(store.now.value - row.raised)}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Marks of officers about the track. */
function Marks({ track }: { track: string }) {
  const marks = store.marks.value.filter((mark) => mark.track === track);
  if (marks.length === 0) return null;
  return (
    <ul class="history">
      {marks.map((mark) => (
        <li key={`${mark.centre ?? ""}/${mark.id}`}>
          <strong>{markName(mark)}</strong> {[t(`mark.is_${mark.kind}`), mark.text, mark.by, mark.marking].filter(Boolean).join(" · ")}
          {store.mayAct.value && !mark.centre && (
            <button
              class="remove"
              aria-label={`${t("mark.remove")}: ${mark.name}`}
              onClick={() => void act({ action: "unmark", mark: mark.id })}
            >
              {t("mark.remove")}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Positions of the last half hour, one row per five minutes, fetched on request. */
function Way({ id }: { id: number }) {
  const [way, setWay] = useState<TrailRow[]>([]);
  const load = (): void => void get<TrailRow[]>(`/tracks/${id}/trail`).then(setWay, (error: unknown) => store.warn(words(error)));
  const shown = way.filter(
    ([time], i) => i === way.length - 1 || Math.floor(time / STEP_MS) !== Math.floor((way[i + 1]?.[0] ?? 0) / STEP_MS),
  );
  return (
    <details onToggle={(e) => e.currentTarget.open && load()}>
      <summary>{t("track.way")}</summary>
      <table class="limits">
        <tbody>
          {shown.reverse().map(([time, lon, lat, sog]) => (
            <tr key={time}>
              <td>{utc(time)}</td>
              <td>{position([lon, lat])}</td>
              <td>{knots(sog)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** Time until the track reaches the coast on its course, and until each own unit could intercept it. */
function ahead(target: Target): [string, string][] {
  if (target.sogKn === null || target.cogDeg === null) return [];
  const moving = { at: [target.lon, target.lat] as const, sogKn: target.sogKn, cogDeg: target.cogDeg };
  const rows: [string, string][] = [];
  const nm = target.sogKn >= 1 ? aheadToCoastNm(moving, coast.value) : null;
  if (nm !== null) rows.push([t("track.to_shore"), `${span((nm / target.sogKn) * 3_600_000)} (${figure(nm.toFixed(1))} nm)`]);
  for (const unit of store.marks.value) {
    if (unit.kind !== "unit" || unit.centre || unit.top_speed_kn === null) continue;
    const own = unit.track ? store.picture.byKeyOf(unit.track) : undefined;
    const from = own ? ([own.lon, own.lat] as const) : unit.position;
    if (!from || own?.id === target.id) continue;
    const meets = intercept(from, unit.top_speed_kn, moving);
    const away = `${figure(distanceNm(from, moving.at).toFixed(1))} nm ${degrees(bearingDeg(from, moving.at))}`;
    const words = meets ? `${span(meets.hours * 3_600_000)}, ${t("track.steer")} ${degrees(meets.cogDeg)}` : t("track.never");
    rows.push([unit.name, `${words} (${away})`]);
  }
  return rows;
}

function tag(track: string, kind: "tag" | "unit"): void {
  const speed = kind === "unit" ? [{ name: "top", label: t("mark.top_speed"), number: true, first: "30" }] : [];
  dialog.ask(
    kind === "unit" ? "unit" : "tag",
    [{ name: "name", label: t("mark.name") }, { name: "text", label: t("dialog.note"), optional: true }, ...speed],
    (v) =>
      act({
        action: "mark",
        mark: {
          id: crypto.randomUUID(),
          kind,
          name: v.name ?? "",
          text: v.text || null,
          position: null,
          cog_deg: null,
          sog_kn: null,
          track,
          top_speed_kn: v.top ? Number(v.top) : null,
          marking: null,
          releasable_to: null,
        },
      }),
  );
}
