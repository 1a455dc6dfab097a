// Panel of the watch's health: feeds, broker, disk, and what rules cannot judge.

import type { FeedHealth } from "../api";
import { figure, local, span, utc, utcDay } from "../format";
import { t, withColon } from "../i18n";
import * as store from "../store";
import { Drawer } from "./drawer";

export function HealthPanel() {
  const [health, session] = [store.health.value, store.session.value];
  if (!health) return null;
  const order = { silent: 0, late: 1, waiting: 2, heard: 3 };
  const feeds = [...health.feeds].sort((a, b) => order[a.state] - order[b.state]);
  const unjudged = Object.entries(health.engine.counts)
    .filter(([name, n]) => name.startsWith("cannot-judge/") && n > 0)
    .sort(([, a], [, b]) => b - a);
  const { broker, alerts, journal, actions, clock, input } = health;
  return (
    <Drawer title={t("health.title")}>
      {session && (
        <p>
          <strong>{session.node}</strong> · {session.state} · {utcDay(store.now.value)} ({local(store.now.value)} {t("top.local")})
          {session.user && ` · ${session.user.name} (${t(`role.${session.user.role}`)})`}
        </p>
      )}
      <p class="facts">
        {session?.mode !== "replay" && (
          <>
            {withColon(t("health.broker"))} {t(broker.state === "connected" ? "health.connected" : "top.broker_away")} {broker.reason ?? ""}{" "}
            ({utc(Date.parse(broker.since))})
            <br />
            {t("health.alerts", { written: alerts.written, waiting: alerts.waiting })}
            {alerts.latency_ms && ` · p50 ${alerts.latency_ms.p50} ms, p99 ${alerts.latency_ms.p99} ms`}
            <br />
          </>
        )}
        {t("health.tracks", { n: health.engine.tracks })}
        <br />
        {t("health.actions", { taken: actions.taken, refused: actions.refused })}
        {actions.over_limit > 0 && <span class="tag urgent">▲ {t("health.over_limit", { n: actions.over_limit })}</span>}
      </p>
      {(alerts.disk_error || journal.input_error) && (
        <p class="error" role="alert">
          {alerts.disk_error ?? journal.input_error}
        </p>
      )}
      {clock.ahead_s !== null && <p class="error">{t("health.clock_ahead", { s: clock.ahead_s.toFixed(0) })}</p>}
      {clock.leap_s !== null && <p class="error">{t("health.clock_leap", { s: clock.leap_s.toFixed(0) })}</p>}
      {input.held > 0 && <p class="error">{t("health.held", { n: input.held })}</p>}
      <table class="wide">
        <thead>
          <tr>
            {["feed", "state", "last", "rate", "lag", "clock", "errors"].map((name) => (
              <th key={name} scope="col">
                {t(`health.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {feeds.map((feed) => (
            <Feed key={feed.name} feed={feed} />
          ))}
        </tbody>
      </table>
      <h3>{t("health.unjudged")}</h3>
      <p class="facts">{t("health.unjudged_words")}</p>
      <table class="wide">
        <tbody>
          {unjudged.map(([name, n]) => {
            const [, rule, reason] = name.split("/");
            return (
              <tr key={name}>
                <th scope="row">{rule}</th>
                <td>{t(`reason.${reason}`)}</td>
                <td class="figure">{n}</td>
              </tr>
            );
          })}
          {unjudged.length === 0 && (
            <tr>
              <td>{t("health.all_judged")}</td>
            </tr>
          )}
        </tbody>
      </table>
      <button
        aria-pressed={store.layers.value.coverage}
        onClick={() => (store.layers.value = { ...store.layers.value, coverage: !store.layers.value.coverage })}
      >
        {t("keys.coverage")} <kbd>V</kbd>
      </button>
    </Drawer>
  );
}

/** Clock limits, s: a feed that lags more is not compared with others, and a time further ahead of its arrival is rejected. */
const [LAG_S, CLOCK_S] = [30, 5];

function Seconds({ value, most }: { value: number | null; most: number }) {
  if (value === null) return <td class="figure">–</td>;
  const isMuch = Math.abs(value) > most;
  return (
    <td class={isMuch ? "figure much" : "figure"}>
      {isMuch && "▲ "}
      {figure(`${value.toFixed(1)} s`)}
    </td>
  );
}

function Feed({ feed }: { feed: FeedHealth }) {
  const last = feed.last_arrival ? Date.parse(feed.last_arrival) : null;
  const errors = Object.entries(feed.errors);
  return (
    <tr class={feed.state}>
      <th scope="row">{feed.name}</th>
      <td class="short">
        {feed.state === "heard" ? "●" : "▲"} {t(`health.${feed.state}`)}
      </td>
      <td class="short">{last === null ? "–" : `${utc(last)} (${span(store.now.value - last)})`}</td>
      <td class="figure">{feed.reports_per_min}/min</td>
      <Seconds value={feed.lag_s} most={LAG_S} />
      <Seconds value={feed.clock_offset_s} most={CLOCK_S} />
      <td>
        {errors.map(([reason, n]) => `${reason.replaceAll("-", " ")} ${n}`).join(", ")}
        {feed.stations
          ?.filter((station) => station.silent)
          .map((station) => (
            <span key={station.name} class="tag urgent">
              {station.name} {t("health.silent")} {utc(Date.parse(station.last_arrival))}
            </span>
          ))}
        {feed.registration?.map((r) => (
          <div key={r.station}>{t("health.registration", { m: r.range_m, deg: r.bearing_deg })}</div>
        ))}
      </td>
    </tr>
  );
}
