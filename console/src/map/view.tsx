// The map: layers from below to above, the pointer, and what the store asks it to show.

import { effect, signal } from "@preact/signals";
import Map from "ol/Map";
import View from "ol/View";
import { defaults as interactions } from "ol/interaction/defaults";
import "ol/ol.css";
import { useEffect, useRef } from "preact/hooks";
import { get } from "../client";
import { degrees, knots, position, span, utc } from "../format";
import { t } from "../i18n";
import { nameOf, type Target } from "../picture";
import { past, picture } from "./shown";
import * as store from "../store";
import { Base } from "./base";
import "./map.css";
import { project, unproject } from "./mercator";
import type { Coast } from "./nautical";
import * as overlay from "./overlay";
import { COLOURS } from "./palette";
import { TargetLayer } from "./targets";
import type { Rewind } from "../api";

/** Where the pointer takes a target, pixels. */
const WITHIN = 14;
const COVERAGE_EVERY_MS = 30_000;

/** What a place was clicked for with the tool `place-contact`. */
export const placed = signal<[number, number] | null>(null);
/** Land's edges, once they are here. */
export const coast = signal<Coast>([]);
/** What the tool says. */
const measured = signal("");
const pointer = signal<{ place: [number, number]; target: Target | null; x: number; y: number } | null>(null);
const picked = signal<readonly overlay.Picked[]>([]);

/** Shows a place. */
let show: (place: readonly [number, number]) => void = () => undefined;
export const showOnMap = (place: readonly [number, number]): void => show(place);

export function MapView() {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => (element.current ? mount(element.current) : undefined), []);
  return (
    <div class="map-frame">
      <div class="map" ref={element} tabIndex={0} role="application" aria-label={t("map.label")} />
      <Tooltip />
      <Readout />
      {store.isStale.value && (
        <div class="map-stale" role="alert">
          {t("map.stale", { s: Math.round(store.staleFor.value / 1000) })}
        </div>
      )}
      {store.rewoundTo.value !== null && (
        <div class="map-rewound">{t("map.rewound", { time: utc(store.rewoundTo.value) })}</div>
      )}
    </div>
  );
}

function Readout() {
  const at = pointer.value;
  const tool = store.tool.value;
  return (
    <div class="map-readout" aria-live="off">
      {tool !== "none" && <strong>{measured.value || t(`map.tool_${tool.replace("-", "_")}`)}</strong>}
      <span>{at ? position(at.place) : ""}</span>
    </div>
  );
}

function Tooltip() {
  const at = pointer.value;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (box.current && at) box.current.style.transform = `translate(${at.x + 16}px, ${at.y + 12}px)`;
  });
  if (!at?.target) return null;
  const target = at.target;
  return (
    <div class="map-tooltip" ref={box}>
      <strong>{nameOf(target)}</strong> {knots(target.sogKn)} {degrees(target.cogDeg)}
      {target.altitudeFt !== null && ` ${target.altitudeFt} ft`}
      <br />
      {target.about?.source ?? ""} · {span(picture().now - target.time)}
    </div>
  );
}

function mount(element: HTMLDivElement): () => void {
  const base = new Base(COLOURS[store.palette.value]);
  const colours = () => COLOURS[store.palette.value];
  const targets = new TargetLayer(() => ({
    picture: picture(),
    colours: colours(),
    layers: store.layers.value,
    vectorMin: store.vectorMin.value,
    selectedId: store.selection.value?.kind === "track" ? store.selection.value.id : null,
    overlay: (c, css) => draw(c, css, base),
  }));
  const map = new Map({
    target: element,
    controls: [],
    pixelRatio: Math.min(window.devicePixelRatio, 2),
    interactions: interactions({ altShiftDragRotate: false, pinchRotate: false }),
    layers: [...base.layers, targets],
    view: new View({ center: project([-61, 14]), zoom: 8, minZoom: 4, maxZoom: 17, enableRotation: false }),
  });
  show = (place) => map.getView().animate({ center: project(place), duration: 200 });
  const load = async (): Promise<void> => {
    await base.loadCoverage();
    const extent = base.extent();
    if (extent) map.getView().fit(extent, { padding: [90, 90, 90, 90], maxZoom: 10 });
    await base.load();
    coast.value = base.coast;
  };
  load().catch((error: unknown) => console.error(error));
  const coverage = setInterval(() => {
    if (store.layers.value.coverage) base.loadCoverage().catch(() => undefined);
  }, COVERAGE_EVERY_MS);
  const stop = [
    effect(() => {
      // Whatever of these changes is seen in the next frame.
      void [store.pictureSeq.value, store.layers.value, store.selection.value, store.marks.value, store.vectorMin.value];
      void [store.alerts.value, store.rewoundTo.value, store.tool.value, picked.value];
      targets.changed();
    }),
    effect(() => {
      base.paint(colours());
      element.style.background = colours().sea;
      targets.changed();
    }),
    effect(() => base.show(store.layers.value)),
    effect(() => void element.classList.toggle("is-stale", store.isStale.value)),
    effect(() => {
      if (store.tool.value === "none") [picked.value, measured.value] = [[], ""];
    }),
    effect(() => {
      const selected = store.selection.value;
      if (selected?.kind === "alert") reveal(map, selected.id);
    }),
    effect(() => {
      if (store.rewinding.value) get<Rewind>("/rewind").then((frames) => past.take(frames), () => undefined);
    }),
  ];
  pointing(map, targets);
  return () => {
    stop.forEach((end) => end());
    clearInterval(coverage);
    map.setTarget(undefined);
  };
}

/** The details lie over so much of the map, pixels. */
const DETAILS = 390;
/** An alert is shown no smaller than this. */
const ZOOM = 10.5;
const MARGIN = 60;

/** Goes to an alert's place if it is not in view beside the details, or too small. */
function reveal(map: Map, id: string): void {
  const row = store.alerts.peek().get(id);
  const [width, height] = map.getSize() ?? [0, 0];
  const view = map.getView();
  const [pixel, zoom] = [row && map.getPixelFromCoordinate(project(row.alert.geometry.coordinates)), view.getZoom() ?? ZOOM];
  if (!row || !width || !height) return;
  const [x, y] = pixel ?? [0, 0];
  const inside = x! > DETAILS + MARGIN && x! < width - MARGIN && y! > MARGIN && y! < height - 2 * MARGIN;
  if (inside && zoom >= ZOOM) return;
  const [east, north] = project(row.alert.geometry.coordinates);
  const nearer = Math.max(zoom, ZOOM);
  const resolution = view.getResolutionForZoom(nearer);
  view.animate({ center: [east - (DETAILS / 2) * resolution, north], zoom: nearer, duration: 250 });
}

function draw(c: CanvasRenderingContext2D, css: overlay.ToScreen, base: Base): void {
  const k = COLOURS[store.palette.peek()];
  const now = picture();
  if (store.layers.peek().marks) overlay.marks(c, css, store.marks.peek(), now, k);
  const selected = store.selection.peek();
  if (selected?.kind === "alert") {
    const row = store.alerts.peek().get(selected.id);
    if (row) {
      for (const zone of row.alert.properties.zones) outline(c, css, base, zone.id, k.alert);
      overlay.evidence(c, css, row, now, k);
    }
  }
  const tool = store.tool.peek();
  if (tool === "range-bearing") {
    const [from, to] = picked.peek();
    const start = from && overlay.placeOf(from, now);
    const end = to ? overlay.placeOf(to, now) : pointer.peek()?.place;
    if (start && end) measured.value = overlay.rangeBearing(c, css, start, end, k);
  } else if (tool === "cpa") {
    const [a, b] = picked.peek().map((p) => (p.kind === "target" ? now.targets.get(p.id) : undefined));
    if (a && b) measured.value = overlay.closest(c, css, a, b, k);
  }
}

function outline(c: CanvasRenderingContext2D, css: overlay.ToScreen, base: Base, id: string, colour: string): void {
  const geometry = base.zoneById(id)?.getGeometry() as { getCoordinates?: () => number[][][][] } | undefined;
  c.strokeStyle = colour;
  c.lineWidth = 1.5;
  c.globalAlpha = 0.6;
  for (const polygon of geometry?.getCoordinates?.() ?? []) {
    c.beginPath();
    (polygon[0] ?? []).forEach(([x, y], i) => (i ? c.lineTo(...css(x!, y!)) : c.moveTo(...css(x!, y!))));
    c.stroke();
  }
  c.globalAlpha = 1;
}

function pointing(map: Map, targets: TargetLayer): void {
  map.on("pointermove", (event) => {
    const [x, y] = event.pixel as [number, number];
    const target = event.dragging ? null : targets.near([x, y], WITHIN);
    pointer.value = { place: unproject(event.coordinate as [number, number]), target, x, y };
    if (store.tool.peek() === "range-bearing") targets.changed();
  });
  map.getTargetElement()?.addEventListener("pointerleave", () => (pointer.value = null));
  map.on("click", (event) => {
    const target = targets.near(event.pixel as [number, number], WITHIN);
    const place = unproject(event.coordinate as [number, number]);
    switch (store.tool.peek()) {
      case "place-contact":
        placed.value = place;
        break;
      case "range-bearing": {
        const next: overlay.Picked = target ? { kind: "target", id: target.id } : { kind: "place", place };
        picked.value = picked.peek().length === 1 ? [picked.peek()[0]!, next] : [next];
        break;
      }
      case "cpa":
        if (target) picked.value = picked.peek().length === 1 ? [picked.peek()[0]!, { kind: "target", id: target.id }] : [{ kind: "target", id: target.id }];
        break;
      default:
        store.selection.value = target ? { kind: "track", id: target.id } : null;
    }
  });
}
