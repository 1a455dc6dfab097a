// Dialog of an action that needs answers.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import * as dialog from "../dialog";
import { t } from "../i18n";
import * as store from "../store";
import { useSubmit } from "./submit";

export function QuestionBox() {
  const question = dialog.open.value;
  return question ? <Box key={question.title} question={question} /> : null;
}

function Box({ question }: { question: dialog.Question }) {
  const first = Object.fromEntries(question.fields.map((f) => [f.name, f.first ?? f.options?.[0]?.value ?? ""]));
  const [answers, setAnswers] = useState<dialog.Answers>(first);
  const box = useRef<HTMLDialogElement>(null);
  const [wrong, setWrong] = useState("");
  // A layout effect runs before the next key; an effect after painting let a quick Escape meet a dialog that was not open.
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.showModal();
    return () => before?.focus();
  }, []);
  const set = (name: string) => (e: { currentTarget: { value: string } }) => setAnswers({ ...answers, [name]: e.currentTarget.value });
  const done = useSubmit(async () => {
    if (await question.done(answers)) dialog.leave(question);
    // The notice is behind the dialog, where it is neither visible nor read aloud.
    else setWrong(store.notice.value?.text ?? "");
  });
  return (
    <dialog ref={box} aria-label={t(`keys.${question.title}`)} onClose={() => dialog.leave(question)}>
      <form
        class="fields"
        onSubmit={done}
        onKeyDown={(e) => {
          // Enter submits from a select element too.
          if (e.key !== "Enter" || !(e.target instanceof HTMLSelectElement)) return;
          e.preventDefault();
          e.currentTarget.requestSubmit();
        }}
      >
        <h2>
          {t(`keys.${question.title}`)} {question.count > 1 && <span class="tag urgent">{t("queue.more", { n: question.count })}</span>}
        </h2>
        {question.fields.map((field) => (
          // biome-ignore lint/a11y/noLabelWithoutControl: every branch below holds its control.
          <label key={field.name}>
            {field.label}
            {field.options ? (
              <select required value={answers[field.name]} onChange={set(field.name)}>
                {field.options.map((o) => (
                  <option key={o.value} value={o.value}>
                    {o.label}
                  </option>
                ))}
              </select>
            ) : field.long ? (
              <textarea required={!field.optional} maxLength={2000} rows={3} value={answers[field.name]} onInput={set(field.name)} />
            ) : field.number ? (
              <input type="number" min="1" required={!field.optional} value={answers[field.name]} onInput={set(field.name)} />
            ) : (
              <input
                required={!field.optional}
                maxLength={128}
                list={field.suggested && "suggested"}
                value={answers[field.name]}
                onInput={set(field.name)}
              />
            )}
            {field.suggested && (
              <datalist id="suggested">
                {field.suggested.map((name) => (
                  <option key={name} value={name} />
                ))}
              </datalist>
            )}
          </label>
        ))}
        {wrong && (
          <p class="error" role="alert">
            {wrong}
          </p>
        )}
        <div class="actions">
          <button type="submit">{t("dialog.do")}</button>
          <button type="button" onClick={() => dialog.leave(question)}>
            {t("dialog.not")}
          </button>
        </div>
      </form>
    </dialog>
  );
}
