// The alert queue: worst and newest first, a storm in one row.

import { signal } from "@preact/signals";
import { act } from "../client";
import { span, utc } from "../format";
import { grouped, passes, type Filter, type Group } from "../groups";
import { t } from "../i18n";
import * as pending from "../pending";
import * as store from "../store";

export const filter = signal<Filter>("open");
const pattern = signal("");
const FILTERS: readonly Filter[] = ["open", "acknowledged", "closed", "all"];
/** Shapes beside colours and words. */
export const SHAPES: Record<string, string> = { minor: "○", moderate: "◐", severe: "◆", extreme: "▲" };
/** Rows shown at a time. */
const MOST = 200;

export function Queue() {
  const rows = store.alertRows.value;
  const patterns = [...new Set(rows.map((row) => row.alert.properties.pattern))].sort();
  const shown = rows.filter((row) => passes(row, filter.value) && (!pattern.value || row.alert.properties.pattern === pattern.value));
  const groups = grouped(shown);
  const waiting = rows.filter((row) => store.isOpen(row) && !row.acknowledged).length;
  return (
    <section class="queue" aria-label={t("queue.title")}>
      <header>
        <h2>
          {t("queue.title")} <span class={waiting ? "count waiting" : "count"}>{waiting}</span>
        </h2>
        <select aria-label={t("queue.pattern")} value={pattern.value} onChange={(e) => (pattern.value = e.currentTarget.value)}>
          <option value="">{t("queue.every")}</option>
          {patterns.map((name) => (
            <option key={name} value={name}>
              {t(`pattern.${name}`)}
            </option>
          ))}
        </select>
        <div class="tabs" role="tablist">
          {FILTERS.map((name) => (
            <button key={name} role="tab" aria-selected={filter.value === name} onClick={() => (filter.value = name)}>
              {t(`queue.${name}`)}
            </button>
          ))}
        </div>
      </header>
      <ol>
        {groups.slice(0, MOST).map((group) => (
          <Row key={group.key} group={group} />
        ))}
      </ol>
      {groups.length === 0 && <p class="empty">{t("queue.none")}</p>}
    </section>
  );
}

function Row({ group }: { group: Group }) {
  const row = group.rows.find((r) => store.isOpen(r) && !r.acknowledged) ?? group.rows[0]!;
  const { severity, pattern, summary, phase } = row.alert.properties;
  const unseen = group.rows.filter((r) => !r.acknowledged);
  const selected = group.rows.some((r) => r.alert.id === store.selectedRow.value?.alert.id);
  const doing = group.rows.map((r) => pending.waiting.value.get(r.alert.id)).find((name) => name !== undefined);
  const state = row.closed ? t(`outcome.${row.closed.outcome}`) : phase === "ended" ? t("queue.ended") : "";
  const classes = ["row", severity, row.acknowledged ? "seen" : "unseen", store.isOpen(row) ? "" : "over"].join(" ");
  return (
    <li class={classes} aria-current={selected}>
      <button class="row-main" onClick={() => (store.selection.value = { kind: "alert", id: row.alert.id })}>
        <span class="row-head">
          <span class="badge">
            {SHAPES[severity]} {t(`severity.${severity}`)}
          </span>
          <strong class="number">{row.number}</strong>
          <span class="pattern">{t(`pattern.${pattern}`)}</span>
          <span class="age" title={utc(row.raised)}>
            {span(store.now.value - row.raised)}
          </span>
        </span>
        <span class="summary">{summary}</span>
        <span class="row-foot">
          {group.rows.length > 1 && <span class="tag">{t("queue.more", { n: group.rows.length })}</span>}
          {doing && <span class="tag doing">{pending.wordOf(doing)} …</span>}
          {row.escalated && <span class="tag urgent">{t("queue.escalated")}</span>}
          {state && <span class="tag">{state}</span>}
          {row.muted && <span class="tag">{t("queue.muted")}</span>}
          {row.held && <span class="tag">{t("queue.held")}</span>}
          {row.assigned && <span class="tag">{t("queue.with", { name: row.assigned.to })}</span>}
          {row.acknowledged && <span class="by">{t("queue.seen_by", { name: row.acknowledged.by })}</span>}
        </span>
      </button>
      {store.mayAct.value && unseen.length > 0 && !row.closed && (
        <button
          class="ack"
          title={t("keys.acknowledge")}
          onClick={() => void act({ action: "acknowledge", alerts: unseen.map((r) => r.alert.id) })}
        >
          {t("queue.ack")}
        </button>
      )}
    </li>
  );
}
