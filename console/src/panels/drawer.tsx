// A panel over the map, closed by its button or Escape.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import * as store from "../store";

export function Drawer({ title, narrow = false, children }: { title: string; narrow?: boolean; children: ComponentChildren }) {
  const box = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const [element, before] = [box.current, document.activeElement as HTMLElement | null];
    if (!element?.contains(before)) element?.focus();
    return () => {
      // The focus returns to where it was before, unless it has moved elsewhere.
      if (element?.contains(document.activeElement)) before?.focus();
    };
  }, []);
  return (
    <section class={narrow ? "drawer narrow" : "drawer"} role="dialog" aria-label={title} tabIndex={-1} ref={box}>
      <button class="shut" aria-label={t("details.shut")} onClick={() => (store.panel.value = "none")}>
        ✕
      </button>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
