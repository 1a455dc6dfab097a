// The exercise player: a recording's time, its speed, and the alerts on it.

import type { PlayerState } from "../api";
import { play } from "../client";
import { utc, utcDay } from "../format";
import { t } from "../i18n";
import * as store from "../store";
import { SHAPES } from "./queue";

const SPEEDS: readonly (number | null)[] = [1, 2, 5, 10, 60, 300, null];
const BACK_MS = 60_000;

export function PlayerBar() {
  const state = store.player.value;
  if (!state) return null;
  const may = store.isSupervisor.value;
  const seek = (to: number): void =>
    void play({ command: "seek", to: Math.round(Math.min(state.until, Math.max(state.from, to))) });
  return (
    <div class="bar player" role="group" aria-label={t("player.title")}>
      <button disabled={!may} aria-label={t("player.back")} onClick={() => seek(state.now - 10 * BACK_MS)}>
        ◀◀
      </button>
      <button
        class="play" disabled={!may} aria-label={t(state.playing ? "player.pause" : "player.play")}
        onClick={() => void play({ command: state.playing ? "pause" : "play" })}
      >
        {state.playing ? "❚❚" : "▶"}
      </button>
      <button disabled={!may} aria-label={t("player.forward")} onClick={() => seek(state.now + 10 * BACK_MS)}>
        ▶▶
      </button>
      <select
        disabled={!may} aria-label={t("player.speed")} value={String(state.speed)}
        onChange={(e) => void play({ command: "speed", speed: e.currentTarget.value === "null" ? null : Number(e.currentTarget.value) })}
      >
        {[...new Set([...SPEEDS, state.speed])].map((speed) => (
          <option key={String(speed)} value={String(speed)}>
            {speed === null ? t("player.max") : `${speed}×`}
          </option>
        ))}
      </select>
      <Timeline state={state} may={may} seek={seek} />
      <time title={utcDay(state.now)}>{utcDay(state.now).slice(0, 10)} {utc(state.now)}</time>
      <label>
        <input
          type="checkbox" disabled={!may} checked={state.loop}
          onChange={(e) => void play({ command: "loop", loop: e.currentTarget.checked })}
        />
        {t("player.loop")}
      </label>
      {may && (
        <>
          <button onClick={() => (store.panel.value = "director")}>{t("player.director")}</button>
          <button onClick={() => (store.panel.value = "debrief")}>{t("player.debrief")}</button>
        </>
      )}
    </div>
  );
}

function Timeline({ state, may, seek }: { state: PlayerState; may: boolean; seek: (to: number) => void }) {
  const whole = Math.max(1, state.until - state.from);
  return (
    <div class="timeline">
      <svg class="marks" viewBox="0 0 1000 16" preserveAspectRatio="none" aria-hidden="true">
        {state.marks.map((mark) => (
          <rect key={mark.id} class={mark.severity} x={((mark.time - state.from) / whole) * 1000 - 2} y="1" width="4" height="14" />
        ))}
      </svg>
      <input
        type="range" disabled={!may} min={state.from} max={state.until} step={1000} value={state.now}
        aria-label={t("player.timeline")} aria-valuetext={utc(state.now)}
        onChange={(e) => seek(Number(e.currentTarget.value))}
      />
      <div class="jumps">
        {state.marks.map((mark) => (
          <button
            key={mark.id} disabled={!may} class={`jump ${mark.severity}`} title={`${mark.number} ${t(`pattern.${mark.pattern}`)} ${utc(mark.time)}`}
            onClick={() => {
              seek(mark.time);
              store.selection.value = { kind: "alert", id: mark.id };
            }}
          >
            {SHAPES[mark.severity]}
            {mark.number}
          </button>
        ))}
        {state.looked < 1 && <span>{t("player.looking", { share: Math.round(state.looked * 100) })}</span>}
      </div>
    </div>
  );
}
