// The alert queue: worst and newest first, one row per group.

import type { AlertRow, Severity } from "../api";
import { act } from "../client";
import * as dialog from "../dialog";
import { span, subjectName, utc } from "../format";
import type { Filter, Group } from "../groups";
import { t } from "../i18n";
import * as pending from "../pending";
import * as queue from "../queue";
import * as store from "../store";

const FILTERS: readonly Filter[] = ["open", "acknowledged", "closed", "all"];
const SEVERITIES: readonly Severity[] = ["minor", "moderate", "severe", "extreme"];
/** Shape of each severity, beside colour and words. */
export const SHAPES: Record<Severity, string> = { minor: "○", moderate: "◐", severe: "◆", extreme: "▲" };
/** Maximum number of rows shown. */
const MOST = 200;

function select(row: AlertRow): void {
  store.selection.value = { kind: "alert", id: row.alert.id };
}

export function Queue() {
  const groups = queue.groups.value;
  const waiting = queue.unseen.value.length;
  return (
    <section class="queue" aria-label={t("queue.title")}>
      <header>
        <h2>
          {t("queue.title")}{" "}
          <span class={waiting ? "count waiting" : "count"} title={t("queue.unseen", { n: waiting })}>
            {waiting}
          </span>
        </h2>
        <Choices />
        <div class="tabs" role="group" aria-label={t("queue.shown")}>
          {FILTERS.map((name) => (
            <button key={name} aria-pressed={queue.filter.value === name} onClick={() => (queue.filter.value = name)}>
              {t(`queue.${name}`)}
            </button>
          ))}
        </div>
      </header>
      {queue.hidden.value > 0 && (
        <button class="unshown" onClick={showAll}>
          ▲ {t("queue.hidden", { n: queue.hidden.value })}
        </button>
      )}
      <ol>
        {groups.slice(0, MOST).map((group) => (
          <GroupRow key={group.key} group={group} />
        ))}
      </ol>
      {groups.length === 0 && <p class="empty">{t("queue.none")}</p>}
      <QuietList />
    </section>
  );
}

/** The quiet list, folded: what is moderate and usual, or minor. */
function QuietList() {
  const groups = queue.quietGroups.value;
  const waiting = queue.unseenQuiet.value;
  const isOpen = queue.quietOpen.value;
  if (groups.length === 0 && waiting.length === 0) return null;
  return (
    <section class="quiet" aria-label={t("queue.quiet")}>
      <div class="quiet-head">
        <button class="fold" aria-expanded={isOpen} onClick={() => (queue.quietOpen.value = !isOpen)}>
          {isOpen ? "▾" : "▸"} {t("queue.quiet")} <span class="count">{waiting.length}</span>
        </button>
        {store.mayAct.value && waiting.length > 0 && (
          <button class="ack" onClick={() => acknowledgeQuiet(waiting)}>
            {t("queue.quiet_seen")}
          </button>
        )}
      </div>
      {isOpen && (
        <ol>
          {groups.slice(0, MOST).map((group) => (
            <GroupRow key={group.key} group={group} />
          ))}
        </ol>
      )}
    </section>
  );
}

/** Acknowledges the quiet list as a whole, with a reason, which becomes a comment on each alert. */
function acknowledgeQuiet(rows: readonly AlertRow[]): void {
  const alerts = rows.map((row) => row.alert.id);
  dialog.ask(
    "quiet_seen",
    [{ name: "text", label: t("dialog.reason"), first: t("queue.quiet_reason") }],
    async (v) => (await act({ action: "comment", alerts, text: v.text ?? "" })) && (await act({ action: "acknowledge", alerts })),
    alerts.length,
  );
}

function showAll(): void {
  queue.filter.value = "open";
  queue.pattern.value = "";
  queue.least.value = "minor";
}

function Choices() {
  const patterns = [...new Set(store.alertRows.value.map((row) => row.alert.properties.pattern))].sort();
  return (
    <div class="choices">
      <select
        aria-label={t("queue.severity")}
        value={queue.least.value}
        onChange={(e) => (queue.least.value = e.currentTarget.value as Severity)}
      >
        {SEVERITIES.map((name) => (
          <option key={name} value={name}>
            {name === "minor" ? t("queue.any") : `${SHAPES[name]} ${t(`severity.${name}`)}${name === "extreme" ? "" : " +"}`}
          </option>
        ))}
      </select>
      <select aria-label={t("queue.pattern")} value={queue.pattern.value} onChange={(e) => (queue.pattern.value = e.currentTarget.value)}>
        <option value="">{t("queue.every")}</option>
        {patterns.map((name) => (
          <option key={name} value={name}>
            {t(`pattern.${name}`)}
          </option>
        ))}
      </select>
    </div>
  );
}

function GroupRow({ group }: { group: Group }) {
  const row = queue.leadOf(group);
  const { severity, pattern, summary } = row.alert.properties;
  const unseen = group.rows.filter((r) => !r.acknowledged && !r.closed);
  const isUnfolded = queue.isUnfolded(group);
  const selected = group.rows.some((r) => r.alert.id === store.selectedRow.value?.alert.id);
  const classes = ["row", severity, row.acknowledged ? "seen" : "unseen", store.isOpen(row) ? "" : "over"].join(" ");
  return (
    <li class={classes} aria-current={selected}>
      <button class="row-main" onClick={() => select(row)}>
        <Head row={row} />
        <span class="summary">
          <strong>{t(`pattern.${pattern}`)}</strong> <span lang="en">{summary}</span>
        </span>
        <Tags group={group} row={row} />
      </button>
      <div class="row-side">
        {store.mayAct.value && unseen.length > 0 && (
          <button
            class="ack"
            aria-label={`${t("queue.ack")}: ${unseen.length > 1 ? t("queue.more", { n: unseen.length }) : row.number}`}
            title={t("keys.acknowledge")}
            onClick={() => void act({ action: "acknowledge", alerts: unseen.map((r) => r.alert.id) })}
          >
            {t("queue.ack")}
          </button>
        )}
        {group.rows.length > 1 && (
          <button class="fold" aria-expanded={isUnfolded} title={t("keys.unfold")} onClick={() => queue.unfold(group)}>
            {isUnfolded ? "▴" : "▾"} {group.rows.length}
          </button>
        )}
      </div>
      {isUnfolded && (
        <ol class="members">
          {group.rows.map((member) => (
            <Member key={member.alert.id} row={member} />
          ))}
        </ol>
      )}
    </li>
  );
}

function Head({ row }: { row: AlertRow }) {
  const { severity } = row.alert.properties;
  return (
    <span class="row-head">
      <span class="badge">
        {SHAPES[severity]} {t(`severity.${severity}`)}
      </span>
      <strong class="number">{row.number}</strong>
      <span class="age" title={utc(row.raised)}>
        {span(store.now.value - row.raised)}
      </span>
    </span>
  );
}

function Tags({ group, row }: { group: Group; row: AlertRow }) {
  const doing = group.rows.map((r) => pending.waiting.value.get(r.alert.id)).find((name) => name !== undefined);
  const state = row.closed ? t(`outcome.${row.closed.outcome}`) : row.alert.properties.phase === "ended" ? t("queue.ended") : "";
  return (
    <span class="row-foot">
      {group.rows.length > 1 && <span class="tag">{t("queue.more", { n: group.rows.length })}</span>}
      {doing && <span class="tag doing">{pending.wordOf(doing)} …</span>}
      {row.escalated && !row.acknowledged && <span class="tag urgent">{t("queue.escalated")}</span>}
      {state && <span class="tag">{state}</span>}
      {row.muted && <span class="tag">{t("queue.muted")}</span>}
      {row.held && <span class="tag">{t("queue.held")}</span>}
      {row.assigned && <span class="tag">{t("queue.with", { name: row.assigned.to })}</span>}
      {row.acknowledged && <span class="by">{t("queue.seen_by", { name: row.acknowledged.by })}</span>}
    </span>
  );
}

/** One alert of an unfolded group. */
function Member({ row }: { row: AlertRow }) {
  const { severity, subjects, pattern } = row.alert.properties;
  return (
    <li class={severity} aria-current={row.alert.id === store.selectedRow.value?.alert.id}>
      <button onClick={() => select(row)}>
        <span class="badge" title={t(`severity.${severity}`)}>
          {SHAPES[severity]}
        </span>{" "}
        <strong>{row.number}</strong> <span class="member-name">{subjects.map(subjectName).join(", ") || t(`pattern.${pattern}`)}</span>
        <span class="age">
          {row.closed
            ? t(`outcome.${row.closed.outcome}`)
            : row.acknowledged
              ? `✓ ${row.acknowledged.by}`
              : span(store.now.value - row.raised)}
        </span>
      </button>
    </li>
  );
}
