// Asking the server, and what officers do.

import type { Action, Failure, PlayerCommand, Session } from "./api";
import { t } from "./i18n";
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

async function post(path: string, body: unknown): Promise<Response> {
  const headers = { "Content-Type": "application/json", "X-Vigie-Token": store.session.value?.token ?? "" };
  return answer(await fetch(`/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

export async function logIn(name: string, password: string): Promise<void> {
  store.session.value = (await (await post("/login", { name, password })).json()) as Session;
  store.loggedOut.value = false;
}

export async function logOut(): Promise<void> {
  await post("/logout", {});
  store.loggedOut.value = true;
}

/** Tells what went wrong in one line. */
async function tried(what: Promise<unknown>): Promise<boolean> {
  try {
    await what;
    store.notice.value = "";
    return true;
  } catch (error) {
    store.notice.value = error instanceof Error ? error.message : String(error);
    return false;
  }
}

/** Does something; it shows once the stream tells so. Whether it was taken. */
export function act(action: Action): Promise<boolean> {
  if (!store.me.value.trim()) {
    store.notice.value = t("notice.name");
    document.querySelector<HTMLElement>(".officer")?.focus();
    return Promise.resolve(false);
  }
  const by = store.session.value?.login_required ? {} : { by: store.officer.value };
  return tried(post("/actions", { ...action, ...by }));
}

export function play(command: PlayerCommand): Promise<boolean> {
  return tried(post("/player", command));
}
