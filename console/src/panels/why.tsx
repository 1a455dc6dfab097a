// Why a track raises no alert: each rule with its conditions, as the pattern itself compared them.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Compared, Judged, RuleExplanation, Why } from "../api";
import { get, words } from "../client";
import { figure, quantity, span, subjectKeyName, utc, utcDay } from "../format";
import { t } from "../i18n";
import { isElsewhere, shortOf, sorted } from "../judged";
import * as store from "../store";

/** Interval between two questions while the section is open, ms. The server forgets a track that nobody asks about for 15 s. */
const EVERY_MS = 4_000;

/** Formats a value or a limit with its unit. */
function amount(value: number | null, unit: string): string {
  if (value === null) return t("why.unknown");
  if (unit === "s") return span(value * 1000);
  if (unit === "m" && Math.abs(value) >= 1852) return figure(`${(value / 1852).toFixed(1)} nm`);
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return figure(`${value.toFixed(digits)} ${unit}`.trim());
}

/** What a condition is about, in the page's language. */
function nameOf({ name, reason, limit, sign }: Compared): string {
  if (reason) return t(`reason.${reason}`);
  const isLimit = limit !== null || sign !== "" || name.includes("_");
  const word = isLimit ? t(`limit.${quantity(name).word}`) : t(`check.${name}`);
  return word;
}

export function WhyNoAlert({ id }: { id: number }) {
  const [isOpen, setOpen] = useState(false);
  const [why, setWhy] = useState<Why | null>(null);
  /** Moment of the picture that was asked about last; a request that is not answered yet. */
  const last = useRef({ now: 0, isWaiting: false });
  const tick = isOpen ? Math.floor(store.wallNow.value / EVERY_MS) : 0;
  useEffect(() => {
    const { now, isWaiting } = last.current;
    const isSame = store.picture.now === now && store.player.peek() !== null;
    if (tick === 0 || isWaiting || isSame) return;
    last.current = { now: store.picture.now, isWaiting: true };
    const over = (): void => {
      last.current.isWaiting = false;
    };
    get<Why>(`/tracks/${id}/why`)
      .then(setWhy, (error: unknown) => store.warn(words(error)))
      .finally(over);
  }, [id, tick]);
  return (
    <details class="why" onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>{t("why.title")}</summary>
      {why ? <Answer why={why} /> : isOpen && <p class="facts">{t("why.asking")}</p>}
    </details>
  );
}

/** Says from where the answer comes, or why there is none. */
function headOf(why: Why): string {
  if (why.unknown) return t(`why.${why.unknown}`, { time: utcDay(why.heard) });
  if (why.is_recorded) return t("why.recorded", { time: utcDay(why.heard) });
  return why.is_live ? t("why.live", { time: utc(why.since ?? why.at) }) : t("why.replay", { time: utc(why.at) });
}

function Answer({ why }: { why: Why }) {
  const judged = sorted(why.rules.filter((rule) => !isElsewhere(rule)));
  const elsewhere = why.rules.filter(isElsewhere);
  const isWaiting = why.is_live && why.rules.every((rule) => rule.judgements === 0);
  return (
    <>
      <p class="facts">{headOf(why)}</p>
      {isWaiting && !why.unknown && <p class="facts">{t("why.waiting")}</p>}
      {judged.map((rule) => (
        <Rule key={rule.rule} rule={rule} />
      ))}
      {!isWaiting && elsewhere.length > 0 && (
        <details>
          <summary>{t("why.elsewhere", { n: elsewhere.length })}</summary>
          <ul class="history">
            {elsewhere.map((rule) => (
              <li key={rule.rule}>
                {rule.rule}: {shortOf(rule.judgement)[0] ? nameOf(shortOf(rule.judgement)[0]!) : t("why.not-asked")}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Rule({ rule }: { rule: RuleExplanation }) {
  const { judgement, nearest } = rule;
  const first = shortOf(judgement)[0];
  const state = t(`why.${rule.outcome}`, { n: shortOf(judgement).length });
  const isAlert = ["raised", "open", "shared"].includes(rule.outcome);
  return (
    <details class="rule">
      <summary>
        <strong>{rule.rule}</strong> <span class={isAlert ? "tag urgent" : "tag"}>{state}</span>
        {first && <span class="first">{`${nameOf(first)}${figures(first)}`}</span>}
      </summary>
      {judgement && <Conditions judged={judgement} title={t("why.at", { time: utc(Date.parse(judgement.time)) })} />}
      {nearest && judgement && !isAlert && nearest.time !== judgement.time && shortOf(nearest).length < shortOf(judgement).length && (
        <Conditions judged={nearest} title={t("why.nearest", { time: utc(Date.parse(nearest.time)) })} />
      )}
    </details>
  );
}

/** Value and limit of a condition that has them: `: 12.4 kn, ≥ 25 kn`. */
function figures({ value, limit, sign, unit }: Compared): string {
  return limit === null ? "" : `: ${amount(value, unit)} (${sign} ${amount(limit, unit)})`;
}

function Conditions({ judged, title }: { judged: Judged; title: string }) {
  const other = judged.other && t("why.with", { name: subjectKeyName(judged.other) });
  return (
    <table class="limits">
      <caption>{[title, other].filter(Boolean).join(", ")}</caption>
      <tbody>
        {judged.conditions.map((condition, i) => {
          const { name, met, excused, value, limit, sign, unit } = condition;
          const isFirst = name === judged.first_unmet && judged.conditions.findIndex((c) => c.name === name && !c.met && !c.excused) === i;
          const away =
            value !== null && limit !== null && limit !== 0 && !met ? Math.round((Math.abs(value - limit) / Math.abs(limit)) * 100) : null;
          const word = met ? "met" : excused ? "excused" : "unmet";
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a limit may be compared twice, and the order stays.
            <tr key={`${name}${i}`} class={word}>
              <td class="mark">
                <span aria-hidden="true">{met ? "✓" : excused ? "○" : "✕"}</span>
                {!excused && <span class="spoken">{t(`why.${word}`)}</span>}
              </td>
              <th scope="row">
                {nameOf(condition)}
                {isFirst && <span class="tag">{t("why.first")}</span>}
              </th>
              <td>
                {limit !== null && `${amount(value, unit)} (${sign} ${amount(limit, unit)})`}
                {word === "excused" && <div class="facts">{t("why.excused")}</div>}
                {away !== null && !excused && <div class="facts">{t("why.short", { share: away })}</div>}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
