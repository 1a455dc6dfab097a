// The whole screen, and the background tasks of the page.

import { effect, signal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import { useEffect } from "preact/hooks";
import * as address from "./address";
import type { Action, Session } from "./api";
import { get } from "./client";
import { rowWords } from "./format";
import { language, t } from "./i18n";
import * as keys from "./keys";
import { Details } from "./panels/details";
import { DebriefPanel, DirectorPanel } from "./panels/director";
import { HealthPanel } from "./panels/health";
import { HelpPanel } from "./panels/help";
import { LogPanel } from "./panels/log";
import { LogIn } from "./panels/login";
import { MapPanel } from "./panels/map";
import { MarkPanel } from "./panels/mark";
import { PlayerBar } from "./panels/player";
import { QuestionBox } from "./panels/question";
import { Queue } from "./panels/queue";
import { RewindBar } from "./panels/rewind";
import { SearchPanel } from "./panels/search";
import { SilencesPanel } from "./panels/silences";
import { Banner, TopBar } from "./panels/topbar";
import * as pending from "./pending";
import * as queue from "./queue";
import * as sound from "./sound";
import * as store from "./store";
import * as stream from "./stream";

const PANELS: Partial<Record<store.Panel, FunctionComponent>> = {
  health: HealthPanel,
  map: MapPanel,
  log: LogPanel,
  help: HelpPanel,
  search: SearchPanel,
  mark: MarkPanel,
  debrief: DebriefPanel,
  director: DirectorPanel,
  silences: SilencesPanel,
};

/** The workspace of analysts, once somebody has opened it: officers do not wait for it. */
const rulesPanel = signal<FunctionComponent | null>(null);

function loadRules(): void {
  import("./panels/rules").then(
    (module) => (rulesPanel.value = module.RulesPanel),
    () => setTimeout(loadRules, AGAIN_MS),
  );
}
effect(() => {
  if (store.panel.value === "rules" && rulesPanel.peek() === null) loadRules();
});

/** The map, once it has loaded: the queue does not wait for it. */
const mapView = signal<FunctionComponent | null>(null);

function loadMap(): void {
  import("./map/view").then(
    (module) => (mapView.value = module.MapView),
    // The connection broke while it loaded: it is tried again.
    () => setTimeout(loadMap, AGAIN_MS),
  );
}

effect(() => {
  document.documentElement.dataset.palette = store.palette.value;
  document.documentElement.lang = language.value;
});

/** Whether the server did not answer when the page opened, and the time until the next try, ms. */
const isAway = signal(false);
const AGAIN_MS = 2_000;

function tellDone(done: readonly Action[]): void {
  const what = [...new Set(done.map(({ action }) => pending.wordOf(action)))].join(", ");
  const rows = done.flatMap((action) =>
    (action.alerts ?? []).map((id) => store.alerts.peek().get(id)).filter((row) => row && pending.shows(action, row)),
  );
  store.said.value = t("notice.done", { what, numbers: rows.map((row) => row?.number).join(", ") });
}

function tellLost(lost: readonly pending.Pending[]): void {
  const rows = lost.map(({ alert }) => store.alerts.value.get(alert)).filter((row) => row !== undefined);
  const name = [...new Set(rows.map(({ assigned }) => assigned?.to))].join(", ");
  store.warn(t("notice.claim_lost", { name, numbers: rows.map(({ number }) => number).join(", ") }));
}

function tellLate(late: readonly pending.Pending[]): void {
  const what = [...new Set(late.map(({ action }) => pending.wordOf(action.action)))].join(", ");
  store.warn(t("notice.unconfirmed", { what }));
}

export function App() {
  useEffect(() => {
    let stop: (() => void)[] = [];
    const begin = (): void =>
      void get<Session>("/session").then(
        (session) => {
          store.session.value = session;
          store.loggedOut.value = session.login_required && session.user === null;
          if (!store.loggedOut.value)
            stop = [
              address.listen(),
              stream.listen(),
              keys.listen(),
              sound.listen(),
              pending.listen({ done: tellDone, late: tellLate, lost: tellLost }),
            ];
          loadMap();
        },
        () => {
          isAway.value = true;
          const again = setTimeout(begin, AGAIN_MS);
          stop = [() => clearTimeout(again)];
        },
      );
    begin();
    return () => {
      for (const end of stop) end();
    };
  }, []);
  if (store.loggedOut.value) return <LogIn />;
  // Nothing is fetched before the session is known.
  if (!store.session.value)
    return isAway.value ? (
      <p class="empty" role="alert">
        {t("top.no_server")}
      </p>
    ) : null;
  const Panel = store.panel.value === "rules" ? rulesPanel.value : PANELS[store.panel.value];
  const MapView = mapView.value;
  const exercise = store.session.value !== null && store.session.value.mode !== "live";
  const isWall = store.isWall.value && store.isViewer.value;
  return (
    <div class={["screen", exercise && "exercise", isWall && "wall"].filter(Boolean).join(" ")}>
      <header class="head">
        <Banner />
        <TopBar />
        <Stale />
        <RealDistress />
      </header>
      <main>
        <div class="scene">
          {MapView ? <MapView /> : <div class="map-frame" />}
          {Panel && <Panel />}
          {isWall ? <Awake /> : <Details />}
          <Notice />
        </div>
        <div class="bars">
          <RewindBar />
          <PlayerBar />
        </div>
      </main>
      <Queue />
      <QuestionBox />
      <Spoken />
    </div>
  );
}

/** Keeps the screen on, and every open alert in the queue, as long as the page is shown on a wall. */
function Awake() {
  useEffect(() => {
    [queue.filter.value, queue.pattern.value, queue.least.value] = ["open", "", "minor"];
    let lock: Promise<WakeLockSentinel | undefined> | undefined;
    // A browser lets go of the screen whenever the page is hidden.
    const hold = (): void => {
      if (!document.hidden) lock = navigator.wakeLock?.request("screen").catch(() => undefined);
    };
    hold();
    document.addEventListener("visibilitychange", hold);
    return () => {
      document.removeEventListener("visibilitychange", hold);
      void lock?.then((held) => held?.release());
    };
  }, []);
  return null;
}

/** Warns that map, queue and health are stale. The seconds stand outside the live region, or they would be read aloud each second. */
function Stale() {
  if (!store.isStale.value) return null;
  const away = store.connected.value ? "top.stale_broker" : "top.stale_server";
  return (
    <div class="banner stale">
      <span role="alert">{t(store.heardAt.value === 0 ? "top.waiting" : away)}</span>{" "}
      <span>{Math.round(store.staleFor.value / 1000)} s</span>
    </div>
  );
}

/** Warns of a real distress during an exercise. */
function RealDistress() {
  const alert = store.realDistress.value;
  if (!alert) return null;
  return (
    <div class="real" role="alert">
      <strong>{t("real.title")}</strong> {alert.properties.summary}
      <button onClick={() => (store.realDistress.value = null)}>{t("real.seen")}</button>
    </div>
  );
}

/** Shows the notice. A success disappears by itself; an error stays until it is dismissed. */
const NOTICE_MS = 5_000;

function Notice() {
  const notice = store.notice.value;
  useEffect(() => {
    if (!notice || notice.bad) return undefined;
    const over = setTimeout(() => (store.notice.value = null), NOTICE_MS);
    return () => clearTimeout(over);
  }, [notice]);
  if (!notice) return null;
  return (
    <div class={notice.bad ? "notice bad" : "notice"} role={notice.bad ? "alert" : "status"}>
      {notice.text}
      <button aria-label={t("details.shut")} onClick={() => (store.notice.value = null)}>
        ✕
      </button>
    </div>
  );
}

/** Announces the worst new alert to screen readers, at once if it is extreme, and what a key did. */
function Spoken() {
  const fresh = store.news.value.filter(({ row, before }) => !before && store.isOpen(row)).map(({ row }) => row);
  const row = fresh.sort((a, b) => store.worst(b) - store.worst(a))[0];
  const more = fresh.length > 1 ? ` (${t("queue.more", { n: fresh.length })})` : "";
  const text = row ? `${t("queue.new")} ${rowWords(row)}${more}` : "";
  const isExtreme = row?.alert.properties.severity === "extreme";
  return (
    <>
      <div class="spoken" aria-live="assertive">
        {isExtreme && text}
      </div>
      <div class="spoken" aria-live="polite">
        {!isExtreme && text}
      </div>
      <div class="spoken" role="status">
        {store.said.value}
      </div>
    </>
  );
}
