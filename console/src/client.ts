// Requests to the server, and actions of officers.

import type { Action, Failure, PlayerCommand } from "./api";
import { t } from "./i18n";
import * as pending from "./pending";
import * as store from "./store";

export class Refused extends Error {
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(text);
  }
}

async function answer(response: Response): Promise<Response> {
  if (response.ok) return response;
  if (response.status === 401) store.loggedOut.value = true;
  const failure = (await response.json().catch(() => null)) as Failure | null;
  throw new Refused(response.status, failure?.error ?? `${response.status} ${response.statusText}`);
}

export async function get<T>(path: string): Promise<T> {
  return (await (await answer(await fetch(`/api/v1${path}`))).json()) as T;
}

export async function text(path: string): Promise<string> {
  return (await answer(await fetch(`/api/v1${path}`))).text();
}

export async function post(path: string, body: unknown): Promise<Response> {
  const headers = { "Content-Type": "application/json", "X-Vigie-Token": store.session.value?.token ?? "" };
  return answer(await fetch(`/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

/** Sends a file; `tell` gets the share that is sent. Only this way of asking says how far it is. */
export function put(path: string, file: File, tell: (share: number) => void): { done: Promise<void>; cancel: () => void } {
  const request = new XMLHttpRequest();
  const done = new Promise<void>((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => tell(loaded / Math.max(1, total));
    request.onload = () => {
      const { status, statusText, responseText } = request;
      if (status < 300) return resolve();
      if (status === 401) store.loggedOut.value = true;
      let error = `${status} ${statusText}`;
      try {
        error = (JSON.parse(responseText) as Failure).error;
      } catch {
        // A proxy's answer is no JSON.
      }
      reject(new Refused(status, error));
    };
    request.onerror = () => reject(new TypeError("away"));
    request.onabort = () => resolve();
    request.open("PUT", `/api/v1${path}`);
    request.setRequestHeader("X-Vigie-Token", store.session.value?.token ?? "");
    request.send(file);
  });
  return { done, cancel: () => request.abort() };
}

/** Asks the server to end or remove something. */
export async function remove(path: string): Promise<Response> {
  const headers = { "X-Vigie-Token": store.session.value?.token ?? "" };
  return answer(await fetch(`/api/v1${path}`, { method: "DELETE", headers }));
}

/** Opens a session; the page has to be loaded anew after it. */
export async function logIn(name: string, password: string): Promise<void> {
  await post("/login", { name, password });
}

export async function logOut(): Promise<void> {
  await post("/logout", {});
  store.loggedOut.value = true;
}

/** Formats an error in one line. */
export function words(error: unknown): string {
  // Browsers report an unreachable server in different words.
  if (error instanceof TypeError) return t("notice.away");
  return error instanceof Error ? error.message : String(error);
}

async function tried(what: Promise<unknown>): Promise<boolean> {
  try {
    await what;
    store.notice.value = null;
    return true;
  } catch (error) {
    store.warn(words(error));
    return false;
  }
}

/** Whether the officer's name is known; if not, the name is asked for. */
export function isNamed(): boolean {
  if (store.me.value.trim()) return true;
  store.warn(t("notice.name"));
  document.querySelector<HTMLElement>(".officer")?.focus();
  return false;
}

/** Number of alerts that the server takes in one request. */
const MOST_ALERTS = 200;

/** Splits an action on many alerts into requests that the server takes. */
function parts(action: Action): Action[] {
  const all = "alerts" in action ? (action.alerts ?? []) : [];
  if (all.length <= MOST_ALERTS) return [action];
  const starts = Array.from({ length: Math.ceil(all.length / MOST_ALERTS) }, (_, i) => i * MOST_ALERTS);
  return starts.map((from) => ({ ...action, alerts: all.slice(from, from + MOST_ALERTS) }) as Action);
}

/** Sends an action. Returns whether the server accepted it; its effect shows when the stream reports it. */
export async function act(action: Action): Promise<boolean> {
  if (!isNamed()) return false;
  const by = store.session.value?.login_required ? {} : { by: store.officer.value.trim() };
  for (const part of parts(action)) {
    const sent = pending.sent(part);
    if (!(await tried(post("/actions", { ...part, ...by })))) return false;
    pending.wait(sent);
  }
  return true;
}

/** Copies a text to the clipboard. */
export async function copy(text: string): Promise<void> {
  const isCopied = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  if (isCopied || copyBySelection(text)) store.tell(t("notice.copied"));
  else store.warn(t("notice.not_copied"));
}

/** Copies without the clipboard API, which browsers deny to pages without TLS. */
function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "spoken";
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  return isCopied;
}

export function play(command: PlayerCommand): Promise<boolean> {
  return tried(post("/player", command));
}
