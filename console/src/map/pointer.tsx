// Readouts of the map: target and position under the pointer (or the map's centre with the keyboard), scale, tool result.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { degrees, figure, knots, position, span, utc, zoneName } from "../format";
import { t } from "../i18n";
import { nameOf, type Target } from "../picture";
import * as store from "../store";
import type { Zone } from "./shown";
import { measured } from "./tools";

/** Position of the pointer, in degrees and in pixels, and the target there. */
export const pointer = signal<{
  place: [number, number];
  target: Target | null;
  x: number;
  y: number;
  /** Zones there, small ones first. */
  zones: readonly Zone[];
} | null>(null);
/** Scale bar: nautical miles, and their length in pixels. */
export const scale = signal<{ nm: number; px: number }>({ nm: 10, px: 100 });

const LENGTHS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500];
const LONGEST_PX = 110;

/** Longest scale bar of a round figure of miles that fits. */
export function scaleFor(nmPerPixel: number): { nm: number; px: number } {
  const nm = LENGTHS.findLast((length) => length / nmPerPixel <= LONGEST_PX) ?? LENGTHS[0]!;
  return { nm, px: nm / nmPerPixel };
}

export function Readout() {
  const at = pointer.value;
  const { nm, px } = scale.value;
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    if (bar.current) bar.current.style.width = `${px}px`;
  }, [px]);
  return (
    <div class="map-readout">
      <div class="map-figures">
        <span class="map-scale">
          <i ref={bar} aria-hidden="true" />
          {figure(`${nm} nm`)}
        </span>
        {at?.zones[0] && (
          <span class="map-zones">
            {zoneName(at.zones[0])}
            {at.zones.length > 1 && ` +${at.zones.length - 1}`}
          </span>
        )}
        {at && <span>{position(at.place)}</span>}
      </div>
      <small class="map-source">{t("map.source")}</small>
    </div>
  );
}

/** Prompt or result of the active tool. */
export function ToolResult() {
  const tool = store.tool.value;
  if (tool === "none") return null;
  return (
    <div class="map-tool">
      <strong role="status">{measured.value || t(`map.tool_${tool.replace("-", "_")}`)}</strong>
      <button aria-label={t("details.shut")} onClick={() => (store.tool.value = "none")}>
        ✕
      </button>
    </div>
  );
}

export function Tooltip() {
  const at = pointer.value;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!box.current || !at) return;
    // The tooltip opens on the side that has room.
    const { offsetWidth: width, offsetHeight: height, parentElement: frame } = box.current;
    const right = at.x + 20 + width < (frame?.clientWidth ?? Infinity);
    const below = at.y + 20 + height < (frame?.clientHeight ?? Infinity);
    box.current.style.transform = `translate(${right ? at.x + 20 : at.x - 20 - width}px, ${below ? at.y + 16 : at.y - 16 - height}px)`;
  });
  if (!at?.target) return null;
  const target = at.target;
  const silence = store.silences.value.get(target.about?.key ?? "");
  return (
    <div class="map-tooltip" ref={box} role="status">
      <strong>{nameOf(target)}</strong> {knots(target.sogKn)} {degrees(target.cogDeg)}
      {target.altitudeFt !== null && ` ${target.altitudeFt} ft`}
      <br />
      {target.about?.source ?? ""} · {span((store.rewoundTo.value ?? store.now.value) - target.time)}
      {silence && (
        <>
          <br />
          {t("queue.silenced", { until: utc(silence.until) })}
        </>
      )}
    </div>
  );
}
