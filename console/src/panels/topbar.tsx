// The top bar: node, time, connection state, exercise banner, panels.

import { logOut } from "../client";
import { figure, local, span, stateName, utc, utcDay } from "../format";
import { LANGUAGES, language, t } from "../i18n";
import { isLocked, MUTE_MS, unlock } from "../sound";
import * as store from "../store";
import { Sign } from "./queue";

const PALETTES: readonly store.Palette[] = ["day", "dusk", "night"];

/** Banner of an exercise across the whole screen, in every palette. */
export function Banner() {
  const session = store.session.value;
  if (!session || session.mode === "live") return null;
  const speed = store.speed.value;
  const mode = t(session.mode === "replay" ? "mode.replay" : "mode.exercise");
  return (
    <div class="banner exercise-mark" role="note">
      {mode} {session.exercise !== "replay" && session.exercise && <span>{session.exercise}</span>} {session.exercise !== "replay" && mode}
      <small>
        {speed !== null && `${speedWords(speed)} · `}
        {t("top.wall", { time: `${utc(store.wallNow.value).slice(0, 5)}Z` })}
      </small>
    </div>
  );
}

function speedWords(speed: number): string {
  if (speed === 0) return t("top.still");
  return speed === 1 ? t("top.real_time") : t("top.speed", { n: figure(String(speed)) });
}

export function TopBar() {
  const session = store.session.value;
  return (
    <div class="topbar">
      <h1 class="node">
        Vigie <span>{session ? `${session.node} · ${stateName(session.state)}` : ""}</span>
      </h1>
      <Clock />
      <Lights />
      <Silenced />
      <span class="spring" />
      <PanelButton panel="search" name="search" hint="/" />
      <PanelButton panel="map" name="map" hint="w" />
      {store.mayAct.value && <PanelButton panel="mark" name="mark" hint="e" />}
      <PanelButton panel="log" name="log" hint="l" />
      {store.mayTune.value && <PanelButton panel="rules" name="rules" hint="6" />}
      <Sound />
      <select
        aria-label={t("keys.palette")}
        value={store.palette.value}
        onChange={(e) => (store.palette.value = e.currentTarget.value as store.Palette)}
      >
        {PALETTES.map((name) => (
          <option key={name} value={name}>
            {t(`palette.${name}`)}
          </option>
        ))}
      </select>
      <select aria-label={t("top.language")} value={language.value} onChange={(e) => (language.value = e.currentTarget.value)}>
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <option key={code} value={code} lang={code} label={code.toUpperCase()}>
            {name}
          </option>
        ))}
      </select>
      {store.isViewer.value && (
        <button class="to-wall" onClick={() => (store.isWall.value = true)}>
          {t("wall.open")}
        </button>
      )}
      <PanelButton panel="help" name="help" hint="?" />
      <Who />
    </div>
  );
}

function PanelButton({ panel, name, hint }: { panel: store.Panel; name: string; hint: string }) {
  return (
    <button aria-pressed={store.panel.value === panel} onClick={() => (store.panel.value = store.panel.value === panel ? "none" : panel)}>
      {t(`keys.${name}`)} <kbd>{hint.toUpperCase()}</kbd>
    </button>
  );
}

function Clock() {
  const now = store.now.value;
  if (store.hasOwnTime.value) {
    if (now === 0) return null;
    // The exercise's time has its date: it is another day's.
    return (
      <span class="clock">
        <strong>
          {utcDay(now).slice(0, 10)} {utc(now)}
        </strong>
      </span>
    );
  }
  return (
    <span class="clock">
      <strong>{utc(now)}</strong> {local(now)} {t("top.local")}
    </span>
  );
}

/** Number of silenced vessels, while there are any. */
function Silenced() {
  const count = store.silences.value.size;
  if (count === 0) return null;
  return (
    <button class="warning silenced" onClick={() => (store.panel.value = "silences")}>
      <span class="words">{t("top.silenced", { n: count })}</span>
      <span class="short" aria-hidden="true">
        ⊘ {count}
      </span>{" "}
      <kbd>0</kbd>
    </button>
  );
}

/** State of feeds, broker and disk, each with a shape, a colour and words. */
function Lights() {
  if (!store.connected.value) {
    // Without the server the last state of feeds and broker is unknown.
    return (
      <span class="light bad" role="status">
        <Sign>▲</Sign> {t(store.heardAt.value === 0 ? "top.connecting" : "top.reconnecting")}
      </span>
    );
  }
  const health = store.health.value;
  if (!health) return null;
  const silent = health.feeds.filter((feed) => feed.state !== "heard");
  const disk = health.alerts.disk_error ?? health.journal.input_error;
  const broker = health.broker.state === "connected";
  const isClockOff = health.clock.ahead_s !== null || health.clock.leap_s !== null;
  return (
    <button class="lights" onClick={() => (store.panel.value = "health")}>
      <span class={silent.length ? "light bad" : "light good"}>
        <Sign>{silent.length ? "▲" : "●"}</Sign> {t("top.feeds", { heard: health.feeds.length - silent.length, all: health.feeds.length })}
      </span>
      {store.session.value?.mode !== "replay" && (
        <span class={broker ? "light good" : "light bad"}>
          <Sign>{broker ? "●" : "▲"}</Sign> {t(broker ? "top.broker" : "top.broker_away")}
        </span>
      )}
      {(disk || isClockOff) && (
        <span class="light bad">
          <Sign>▲</Sign> {t(disk ? "top.disk" : "top.clock")}
        </span>
      )}
    </button>
  );
}

function Sound() {
  const left = store.mutedUntil.value - store.wallNow.value;
  if (isLocked.value) {
    return (
      <button class="unlock" onClick={unlock}>
        {t("top.unlock")}
      </button>
    );
  }
  return (
    <button aria-pressed={left > 0} onClick={() => (store.mutedUntil.value = left > 0 ? 0 : Date.now() + MUTE_MS)}>
      {left > 0 ? t("top.muted", { left: span(left) }) : t("top.sound")} <kbd>Q</kbd>
    </button>
  );
}

function Who() {
  const session = store.session.value;
  if (!session) return null;
  if (session.user) {
    return (
      <span class="who">
        {session.user.name} <span class="role">({t(`role.${session.user.role}`)})</span>{" "}
        <button onClick={() => void logOut()}>{t("top.log_out")}</button>
      </span>
    );
  }
  return (
    <input
      class="officer"
      placeholder={t("top.officer")}
      aria-label={t("top.officer")}
      value={store.officer.value}
      maxLength={60}
      onInput={(e) => (store.officer.value = e.currentTarget.value)}
    />
  );
}
