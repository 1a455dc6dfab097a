// How far a work in the background is, and the way to break it off.

import type { ComponentChildren } from "preact";
import { t } from "../i18n";

export const percent = (share: number): string => `${Math.floor(share * 100)} %`;

export function Bar({ share, name, cancel, children }: { share: number; name: string; cancel: () => void; children: ComponentChildren }) {
  return (
    <>
      <progress max={1} value={share} aria-label={name} />
      <span>{children}</span>
      <button onClick={cancel}>{t("rules.cancel")}</button>
    </>
  );
}
