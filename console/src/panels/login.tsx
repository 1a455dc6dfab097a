// The way in.

import { useState } from "preact/hooks";
import { logIn } from "../client";
import { t } from "../i18n";

export function LogIn() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState("");
  const enter = (event: Event): void => {
    event.preventDefault();
    logIn(name, password).then(
      () => location.reload(),
      (error: Error) => setWrong(error.message),
    );
  };
  return (
    <main class="login">
      <form class="fields" onSubmit={enter}>
        <h1>Vigie</h1>
        <label>
          {t("login.name")}
          <input required autoComplete="username" value={name} onInput={(e) => setName(e.currentTarget.value)} />
        </label>
        <label>
          {t("login.password")}
          <input required type="password" autoComplete="current-password" value={password} onInput={(e) => setPassword(e.currentTarget.value)} />
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
