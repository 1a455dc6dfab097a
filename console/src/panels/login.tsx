// The log-in form.

import { useState } from "preact/hooks";
import { logIn, Refused, words } from "../client";
import { t } from "../i18n";
import { useSubmit } from "./submit";

/** Text for a refused log-in, by HTTP status. */
const REFUSALS: Record<number, string> = { 401: "login.wrong", 429: "login.too_often" };

export function LogIn() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState("");
  // Sending twice would count as two of the five wrong passwords that lock a name.
  const enter = useSubmit(() =>
    logIn(name, password).then(
      () => location.reload(),
      (error: unknown) => {
        const why = error instanceof Refused ? REFUSALS[error.status] : undefined;
        setWrong(why ? t(why) : words(error));
      },
    ),
  );
  return (
    <main class="login">
      <form class="fields" onSubmit={enter}>
        <h1>Vigie</h1>
        <label>
          {t("login.name")}
          <input
            required
            autoComplete="username"
            aria-invalid={wrong !== ""}
            value={name}
            onInput={(e) => setName(e.currentTarget.value)}
          />
        </label>
        <label>
          {t("login.password")}
          <input
            required
            type="password"
            autoComplete="current-password"
            aria-invalid={wrong !== ""}
            value={password}
            onInput={(e) => setPassword(e.currentTarget.value)}
          />
        </label>
        {wrong && (
          <p class="error" role="alert">
            {wrong}
          </p>
        )}
        <button>{t("login.enter")}</button>
      </form>
    </main>
  );
}
