// The exercise player: a recording's time, its speed, and the alerts on it.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { PlayerState, TimelineMark } from "../api";
import { play } from "../client";
import { type Cluster, clustered } from "../clusters";
import { utc, utcDay } from "../format";
import { t } from "../i18n";
import * as store from "../store";
import { SHAPES, Sign } from "./queue";

const SPEEDS: readonly (number | null)[] = [1, 2, 5, 10, 60, 300, null];
export const MINUTE_MS = 60_000;

/** Last requested position, and the position that the stream reported before. */
let wound: { to: number; before: PlayerState | null } = { to: 0, before: null };

function seek(to: number): void {
  const state = store.player.value;
  if (!state) return;
  wound = { to: Math.round(Math.min(state.until, Math.max(state.from, to))), before: state };
  void play({ command: "seek", to: wound.to });
}

/** Moves the player by a step, relative to the last requested position if the stream has not reported it yet. */
export function seekBy(ms: number): void {
  const state = store.player.value;
  if (state) seek((state === wound.before ? wound.to : state.now) + ms);
}

export function PlayerBar() {
  const state = store.player.value;
  if (!state) return null;
  const may = store.isSupervisor.value;
  const mayGoBack = may && state.nodes.length === 0;
  return (
    <div class="bar player" role="group" aria-label={t("player.title")}>
      <Timeline state={state} may={may} />
      <div class="controls">
        <button disabled={!mayGoBack} onClick={() => seekBy(-10 * MINUTE_MS)}>
          −10 min
        </button>
        <button
          class="play"
          disabled={!may}
          aria-label={t(state.playing ? "player.pause" : "player.play")}
          onClick={() => void play({ command: state.playing ? "pause" : "play" })}
        >
          {state.playing ? "❚❚" : "▶"}
        </button>
        <button disabled={!may} onClick={() => seekBy(10 * MINUTE_MS)}>
          +10 min
        </button>
        <select
          disabled={!may}
          aria-label={t("player.speed")}
          value={String(state.speed)}
          onChange={(e) => void play({ command: "speed", speed: e.currentTarget.value === "null" ? null : Number(e.currentTarget.value) })}
        >
          {[...new Set([...SPEEDS, state.speed])].map((speed) => (
            <option key={String(speed)} value={String(speed)}>
              {speed === null ? t("player.max") : `${speed}×`}
            </option>
          ))}
        </select>
        <label>
          <input
            type="checkbox"
            disabled={!mayGoBack}
            checked={state.loop}
            onChange={(e) => void play({ command: "loop", loop: e.currentTarget.checked })}
          />{" "}
          {t("player.loop")}
        </label>
        <time>
          {utcDay(state.now).slice(0, 10)} {utc(state.now)}
        </time>
        <span class="recording">{state.recording}</span>
        {state.looked < 1 && <span>{t("player.looking", { share: Math.round(state.looked * 100) })}</span>}
        {state.nodes.length > 0 && (
          <span class="nodes">
            {t("player.nodes")}{" "}
            {state.nodes.map(({ name, up }) => (
              <span key={name} class={up ? "" : "away"}>
                {name}
                {!up && ` (${t("player.away")})`}{" "}
              </span>
            ))}
          </span>
        )}
        <span class="spring" />
        {may && (
          <>
            <button onClick={() => (store.panel.value = "director")}>{t("player.director")}</button>
            <button onClick={() => (store.panel.value = "debrief")}>{t("player.debrief")}</button>
          </>
        )}
      </div>
    </div>
  );
}

/** Most alerts that are named one by one below the timeline. Of more, clusters are named, and opened. */
const MOST_NAMED = 30;

/** Timeline of the recording, with its alerts as shapes and colours by severity. Where they would overlap, one shape has their number. */
function Timeline({ state, may }: { state: PlayerState; may: boolean }) {
  const whole = Math.max(1, state.until - state.from);
  const [picture, width] = useWidth<SVGSVGElement>();
  const clusters = clustered(state.marks, width / whole);
  return (
    <div class="timeline">
      <svg ref={picture} class="marks" role="img" aria-label={t("player.marks", { n: state.marks.length })}>
        {clusters.map(({ marks, severity }) => (
          <text key={marks[0]!.id} class={severity} x={`${(((marks[0]!.time - state.from) / whole) * 100).toFixed(2)}%`} y="12" dx="-6.5">
            {SHAPES[severity]}
            {marks.length > 1 && marks.length}
          </text>
        ))}
      </svg>
      <input
        type="range"
        disabled={!may}
        min={state.from}
        max={state.until}
        step={1000}
        value={state.now}
        aria-label={t("player.timeline")}
        aria-valuetext={utc(state.now)}
        onChange={(e) => seek(Number(e.currentTarget.value))}
      />
      <Jumps state={state} may={may} clusters={state.marks.length > MOST_NAMED ? clusters : state.marks.map(alone)} />
    </div>
  );
}

const alone = (mark: TimelineMark): Cluster => ({ marks: [mark], severity: mark.severity });

/** Width of an element, px. */
function useWidth<E extends Element>() {
  const element = useRef<E>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return [element, width] as const;
}

/** Buttons that seek to an alert, or open a cluster of alerts. An open cluster stands alone, with its alerts behind it. */
function Jumps({ state, may, clusters }: { state: PlayerState; may: boolean; clusters: readonly Cluster[] }) {
  const [opened, open] = useState("");
  const isOpen = ({ marks }: Cluster): boolean => marks.length > 1 && marks[0]!.id === opened;
  const shown = clusters.filter(isOpen);
  return (
    <div class="jumps">
      {(shown.length > 0 ? shown : clusters).map((cluster) =>
        cluster.marks.length > 1 ? (
          <button
            key={`cluster ${cluster.marks[0]!.id}`}
            class={`jump ${cluster.severity}`}
            aria-expanded={isOpen(cluster)}
            onClick={() => open(isOpen(cluster) ? "" : cluster.marks[0]!.id)}
          >
            {isOpen(cluster) ? "▾" : "▸"} <Shape severity={cluster.severity} /> {t("queue.more", { n: cluster.marks.length })}{" "}
            {utc(cluster.marks[0]!.time)} – {utc(cluster.marks.at(-1)!.time)}
          </button>
        ) : (
          <Jump key={cluster.marks[0]!.id} state={state} may={may} mark={cluster.marks[0]!} />
        ),
      )}
      {shown.flatMap(({ marks }) => marks.map((mark) => <Jump key={mark.id} state={state} may={may} mark={mark} />))}
    </div>
  );
}

function Jump({ state, may, mark }: { state: PlayerState; may: boolean; mark: TimelineMark }) {
  return (
    <button
      disabled={!may || (state.nodes.length > 0 && mark.time < state.now)}
      class={`jump ${mark.severity}`}
      onClick={() => {
        seek(mark.time);
        store.selection.value = { kind: "alert", id: mark.id };
      }}
    >
      <Shape severity={mark.severity} />
      {mark.number} {t(`pattern.${mark.pattern}`)} {utc(mark.time)}
    </button>
  );
}

function Shape({ severity }: { severity: TimelineMark["severity"] }) {
  return (
    <>
      <Sign>{SHAPES[severity]}</Sign> <span class="spoken">{t(`severity.${severity}`)}</span>
    </>
  );
}
