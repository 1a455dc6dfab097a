// The map view: layers, pointer, and reactions to changes of the store.

import { effect, signal, untracked } from "@preact/signals";
import { defaults as interactions } from "ol/interaction/defaults";
import OlMap from "ol/Map";
import View from "ol/View";
import "ol/ol.css";
import { useEffect, useRef } from "preact/hooks";
import type { Rewind, TrailRow } from "../api";
import * as bench from "../bench";
import { get } from "../client";
import { utc, zoneName } from "../format";
import { t } from "../i18n";
import * as store from "../store";
import { Asked } from "./asked";
import { Base } from "./base";
import { evidence, extentOf, zoneOf } from "./evidence";
import "./map.css";
import { marks } from "./marks";
import { project, stretch, unproject } from "./mercator";
import { COLOURS } from "./palette";
import type { Pen } from "./pen";
import { pointer, Readout, scale, scaleFor, ToolResult, Tooltip } from "./pointer";
import { asked, coast, mapActions, past, picture, places } from "./shown";
import { TargetLayer } from "./targets";
import * as tools from "./tools";
import * as tried from "./tried";

export { placed } from "./tools";

/** Distance within which a pointer selects a target, pixels; a finger is wider. */
const WITHIN = 14;
const WITHIN_TOUCH = 26;
const COVERAGE_EVERY_MS = 30_000;
/** Margins around what is shown, pixels, and the maximum zoom. */
const ROOM = 90;
const EDGE = 20;
const NEAREST_ZOOM = 13.5;
/** Smallest readable size of evidence on the screen, pixels. */
const LEAST_SIDE = 60;
const NAUTICAL_MILE_M = 1852;

export function MapView() {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => (element.current ? mount(element.current) : undefined), []);
  return (
    <div class="map-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the map takes the arrow keys, which needs the focus. */}
      <div class="map" ref={element} tabIndex={0} role="application" aria-label={`${t("map.label")}. ${t("map.keys")}`} />
      <div class="map-middle" aria-hidden="true" />
      <Tooltip />
      <Readout />
      <ToolResult />
      <Asked />
      {store.isStale.value && <div class="map-stale">{t("map.stale", { s: Math.round(store.staleFor.value / 1000) })}</div>}
      {store.rewoundTo.value !== null && <div class="map-rewound">{t("map.rewound", { time: utc(store.rewoundTo.value) })}</div>}
    </div>
  );
}

const colours = () => COLOURS[store.palette.value];

/** Event time on the map, and its rate against real time. */
function time(): { now: number; rate: number } {
  const rewound = store.rewoundTo.peek();
  if (rewound !== null) return { now: rewound, rate: 0 };
  const player = store.player.peek();
  const rate = player ? (player.playing ? (player.speed ?? 0) : 0) : 1;
  return { now: store.picture.timeAt(Date.now(), rate), rate };
}

/** Earlier trails of the selection, by track. */
const trails = signal<ReadonlyMap<number, readonly TrailRow[]>>(new Map());

/** Fetches the earlier trails of the selected track, or of the selected alert's subjects. */
async function askTrails(selected: store.Selection): Promise<void> {
  const row = selected?.kind === "alert" ? store.alerts.peek().get(selected.id) : undefined;
  const parties = (row?.alert.properties.subjects ?? []).map(({ track }) => store.picture.byKeyOf(track)?.id);
  const ids = selected?.kind === "track" ? [selected.id] : parties.filter((id) => id !== undefined);
  // A track that no longer exists has no trail.
  const answers = await Promise.allSettled(ids.map((id) => get<TrailRow[]>(`/tracks/${id}/trail`)));
  if (store.selection.peek() !== selected) return;
  trails.value = new Map(answers.flatMap((answer, i) => (answer.status === "fulfilled" ? [[ids[i]!, answer.value]] : [])));
}

function mount(element: HTMLDivElement): () => void {
  const base = new Base(COLOURS[store.palette.value]);
  const targets = new TargetLayer(() => {
    const selected = store.selection.peek();
    const selectedId = selected?.kind === "track" ? selected.id : null;
    return {
      picture: picture(),
      ...time(),
      colours: COLOURS[store.palette.peek()],
      layers: store.layers.peek(),
      vectorMin: store.vectorMin.peek(),
      selectedId,
      trails: trails.peek(),
      places: base.names,
      limits: base.limits,
      graticule: () => base.figures(),
      silenced: new Set(store.silences.peek().keys()),
      overlay: (pen) => overlay(pen, base),
    };
  });
  const map = new OlMap({
    target: element,
    controls: [],
    pixelRatio: Math.min(window.devicePixelRatio, 2),
    interactions: interactions({ altShiftDragRotate: false, pinchRotate: false }),
    layers: [...base.layers, targets],
    view: new View({ center: project([-61, 14]), zoom: 8, minZoom: 4, maxZoom: 17, enableRotation: false }),
  });
  mapActions.show = (place) =>
    // After the details have opened, because they hide a part of the map.
    requestAnimationFrame(() => {
      stop(map);
      const [x, y] = project(place);
      const half = (map.getView().getResolution() ?? 0) / 2;
      map.getView().animate({ center: [x - covered() * half, y], duration: 200 });
    });
  const home = (duration = 0): void => {
    const extent = base.extent();
    stop(map);
    if (extent) map.getView().fit(extent, { padding: [ROOM, ROOM, ROOM, covered() + ROOM], maxZoom: 10, duration });
  };
  mapActions.home = () => home(250);
  const kept = store.mapView.peek();
  if (kept) {
    map.getView().setCenter(project(kept.at));
    map.getView().setZoom(kept.zoom);
  }
  const load = async (): Promise<void> => {
    await base.loadCoverage();
    if (!kept) home();
    await base.load();
    coast.value = base.coast;
    places.value = base.gazetteer;
    targets.changed();
  };
  load().catch((error: unknown) => {
    // Who logs out before the map has loaded misses nothing.
    if (!store.loggedOut.peek()) console.error(error);
  });
  const coverage = setInterval(() => {
    if (store.layers.value.coverage) base.loadCoverage().catch(() => undefined);
  }, COVERAGE_EVERY_MS);
  const ends = watch(map, element, base, targets);
  pointing(map, element, base, targets);
  return () => {
    for (const end of ends) end();
    clearInterval(coverage);
    map.setTarget(undefined);
    map.dispose();
  };
}

/** Keeps the area that is in view when the page goes onto a wall, where the map is drawn larger, and when it leaves. */
function keepArea(map: OlMap): () => void {
  let was = store.isWall.peek();
  return effect(() => {
    if (store.isWall.value === was) return;
    was = store.isWall.value;
    const before = map.getSize()?.[1] ?? 1;
    map.once("change:size", () => map.getView().adjustResolution(before / (map.getSize()?.[1] ?? before)));
  });
}

/** Redraws the map when the store changes. */
function watch(map: OlMap, element: HTMLElement, base: Base, targets: TargetLayer): (() => void)[] {
  /** The alert whose evidence is to be shown as soon as its row is there. */
  let owed: string | null = null;
  return [
    effect(() => {
      // A change of any of these shows in the next frame.
      void [store.pictureSeq.value, store.layers.value, store.selection.value, store.marks.value, store.vectorMin.value];
      void [bench.trial.value, bench.zones.value, bench.corners.value, bench.shape.value, bench.pointed.value, store.panel.value];
      void [store.alerts.value, store.silences.value, store.rewoundTo.value, store.tool.value, tools.picked.value, trails.value];
      void asked.value;
      targets.changed();
    }),
    effect(() => {
      base.paint(colours());
      element.style.background = colours().sea;
      targets.changed();
    }),
    effect(() => base.show(store.layers.value)),
    effect(() => {
      if (store.selection.value || store.tool.value !== "none" || !store.layers.value.zones) asked.value = null;
    }),
    effect(() => void element.classList.toggle("is-stale", store.isStale.value)),
    keepArea(map),
    effect(() => {
      const selected = store.selection.value;
      owed = selected?.kind === "alert" ? selected.id : null;
      void untracked(() => askTrails(selected));
    }),
    effect(() => {
      // The row of an alert that the timeline leads to comes only after the seek.
      void [store.selection.value, store.pictureSeq.value];
      if (owed === null || !store.alerts.value.has(owed)) return;
      const id = owed;
      owed = null;
      requestAnimationFrame(() => reveal(map, id));
    }),
    effect(() => {
      if (store.mapTag.value)
        base.loadZones().then(
          () => (places.value = base.gazetteer),
          () => undefined,
        );
    }),
    effect(() => {
      if (!store.rewinding.value) return;
      // The cached trails belong to another half hour.
      past.take({ frames: [] });
      get<Rewind>("/rewind").then(
        (frames) => past.take(frames),
        () => undefined,
      );
    }),
  ];
}

/** Stops a movement that is under way: of two at a time, OpenLayers ends where the first leads. */
const stop = (map: OlMap): void => map.getView().cancelAnimations();

/** Width of the map's left part that the details cover, pixels. */
function covered(): number {
  const box = (selector: string) => document.querySelector(selector)?.getBoundingClientRect();
  const [details, map] = [box(".workbench") ?? box(".details"), box(".map")];
  // On a small screen the details stand beside the map, or cover all of it until they are put away.
  return details && map && details.left < map.right && details.width < map.width ? details.width : 0;
}

/** Shows an alert's evidence, unless all of it is in view and large enough. */
function reveal(map: OlMap, id: string): void {
  const row = store.alerts.peek().get(id);
  const [width, height] = map.getSize() ?? [0, 0];
  if (!row || !width || !height) return;
  stop(map);
  const extent = extentOf(row, picture(), time().now);
  const [left, bottom] = map.getPixelFromCoordinate([extent[0], extent[1]]) as [number, number];
  const [right, top] = map.getPixelFromCoordinate([extent[2], extent[3]]) as [number, number];
  const inside = left > covered() + EDGE && right < width - EDGE && top > EDGE && bottom < height - EDGE;
  const zoomedIn = (map.getView().getZoom() ?? 0) >= NEAREST_ZOOM;
  if (inside && (zoomedIn || right - left > LEAST_SIDE || bottom - top > LEAST_SIDE)) return;
  const padding = [ROOM, ROOM, ROOM, covered() + ROOM];
  map.getView().fit(extent, { padding, maxZoom: NEAREST_ZOOM, duration: 250 });
}

/** Draws evidence, marks and tools on top of the targets. */
function overlay(pen: Pen, base: Base): void {
  const shown = picture();
  const { now } = time();
  const selected = store.selection.peek();
  const row = selected?.kind === "alert" ? store.alerts.peek().get(selected.id) : undefined;
  if (row) evidence(pen, row, shown, now, base.outline(zoneOf(row) ?? ""));
  const outlined = asked.peek();
  if (outlined) {
    pen.use(pen.k.selected, 2.5);
    for (const ring of base.outline(outlined.outlined)) pen.path(ring.map(([x, y]) => pen.css(x!, y!)));
  }
  if (store.layers.peek().marks) marks(pen, store.marks.peek(), shown, now, store.vectorMin.peek());
  tried.draw(pen, pointer.peek()?.place ?? null);
  tools.draw(pen, shown, now, pointer.peek()?.place ?? null);
}

function pointing(map: OlMap, element: HTMLElement, base: Base, targets: TargetLayer): void {
  let within = WITHIN;
  const point = (pixel: [number, number], found: boolean): void => {
    const coordinate = map.getCoordinateFromPixel(pixel) as [number, number] | null;
    if (!coordinate) return;
    const zones = base.zonesAt(coordinate);
    pointer.value = { place: unproject(coordinate), target: found ? targets.near(pixel, within) : null, x: pixel[0], y: pixel[1], zones };
    if (store.tool.peek() === "range-bearing" || store.tool.peek() === "draw-zone") targets.changed();
  };
  const take = (pixel: [number, number]): void => {
    const coordinate = map.getCoordinateFromPixel(pixel) as [number, number] | null;
    if (coordinate && store.tool.peek() === "draw-zone") tried.take(unproject(coordinate));
    else if (coordinate) {
      const target = targets.near(pixel, within);
      const isQuestion = !target && store.tool.peek() === "none" && store.selection.peek() === null && store.layers.peek().zones;
      tools.take(unproject(coordinate), target);
      if (isQuestion) ask(coordinate);
    }
  };
  /** Shows the zones at a place, and reads them out. */
  const ask = (coordinate: [number, number]): void => {
    const resolution = map.getView().getResolution() ?? 1;
    const zones = base.zonesAt(coordinate, within * resolution, resolution);
    asked.value = zones[0] ? { zones, outlined: zones[0].id } : null;
    if (zones[0]) store.said.value = zones.map(zoneName).join("; ");
  };
  const middle = (): [number, number] => (map.getSize() ?? [0, 0]).map((side) => side / 2) as [number, number];
  map.on("pointermove", (event) => point(event.pixel as [number, number], !event.dragging));
  // A finger leaves the map with every tap: what it pointed at stays until the next.
  const isTouch = (event: Event): boolean => (event as PointerEvent).pointerType === "touch";
  element.addEventListener("pointerleave", (event) => {
    if (!isTouch(event)) pointer.value = null;
  });
  map.on("click", (event) => {
    const pixel = event.pixel as [number, number];
    within = isTouch(event.originalEvent) ? WITHIN_TOUCH : WITHIN;
    if (isTouch(event.originalEvent)) point(pixel, true);
    take(pixel);
  });
  // With the keyboard the map moves under its centre, and the target there is selected.
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter") take(middle());
  });
  map.on("moveend", () => {
    const view = map.getView();
    const [, lat] = unproject((view.getCenter() ?? [0, 0]) as [number, number]);
    const centre = unproject((view.getCenter() ?? [0, 0]) as [number, number]);
    store.mapView.value = { zoom: view.getZoom() ?? 8, at: centre };
    scale.value = scaleFor((view.getResolution() ?? 1) / stretch(lat) / NAUTICAL_MILE_M);
    if (element.matches(":focus-visible")) point(middle(), true);
  });
}
