// The whole screen, and what runs beside it.

import { effect } from "@preact/signals";
import type { FunctionComponent } from "preact";
import { useEffect } from "preact/hooks";
import type { Session } from "./api";
import { get } from "./client";
import { language, t } from "./i18n";
import * as keys from "./keys";
import { MapView } from "./map/view";
import { Details } from "./panels/details";
import { DebriefPanel, DirectorPanel } from "./panels/director";
import { HealthPanel } from "./panels/health";
import { HelpPanel } from "./panels/help";
import { LogPanel } from "./panels/log";
import { LogIn } from "./panels/login";
import { MarkPanel } from "./panels/mark";
import { PlayerBar } from "./panels/player";
import { QuestionBox } from "./panels/question";
import { Queue } from "./panels/queue";
import { RewindBar } from "./panels/rewind";
import { SearchPanel } from "./panels/search";
import { TopBar } from "./panels/topbar";
import * as sound from "./sound";
import * as store from "./store";
import * as stream from "./stream";

const PANELS: Partial<Record<store.Panel, FunctionComponent>> = {
  health: HealthPanel, log: LogPanel, help: HelpPanel, search: SearchPanel, mark: MarkPanel, debrief: DebriefPanel,
  director: DirectorPanel,
};

effect(() => {
  document.documentElement.dataset.palette = store.palette.value;
  document.documentElement.lang = language.value;
});

export function App() {
  useEffect(() => {
    let stop: (() => void)[] = [];
    void get<Session>("/session").then((session) => {
      store.session.value = session;
      store.loggedOut.value = session.login_required && session.user === null;
      if (!store.loggedOut.value) stop = [stream.listen(), keys.listen(), sound.listen()];
    });
    return () => stop.forEach((end) => end());
  }, []);
  if (store.loggedOut.value) return <LogIn />;
  // Nothing is asked for before it is known who asks.
  if (!store.session.value) return null;
  const Panel = PANELS[store.panel.value];
  const exercise = store.session.value !== null && store.session.value.mode !== "live";
  return (
    <div class={exercise ? "screen exercise" : "screen"}>
      <TopBar />
      <RealDistress />
      <main>
        <MapView />
        {Panel && <Panel />}
        <Details />
        <Notice />
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

/** An exercise gives way to the real thing. */
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

function Notice() {
  if (!store.notice.value) return null;
  return (
    <div class="notice" role="status">
      {store.notice.value}
      <button aria-label={t("details.shut")} onClick={() => (store.notice.value = "")}>
        ✕
      </button>
    </div>
  );
}

/** For those who hear the screen. */
function Spoken() {
  const row = store.news.value?.row;
  const text = row && row.alert.properties.phase === "raised" ? `${t("queue.title")} ${row.number}: ${row.alert.properties.summary}` : "";
  const worst = row?.alert.properties.severity === "extreme";
  return (
    <div class="spoken" aria-live={worst ? "assertive" : "polite"}>
      {text}
    </div>
  );
}
