// The alert queue: worst and newest first, one row per group.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { AlertRow, Offer, Severity } from "../api";
import { act } from "../client";
import { reasonAndPlace, span, subjectName, utc } from "../format";
import type { Filter, Group } from "../groups";
import { t } from "../i18n";
import { acknowledgeMany, closeMany } from "../many";
import * as pending from "../pending";
import * as queue from "../queue";
import * as store from "../store";

const FILTERS: readonly Filter[] = ["open", "acknowledged", "closed", "all"];
const SEVERITIES: readonly Severity[] = ["minor", "moderate", "severe", "extreme"];
/** Shape of each severity, beside colour and words. */
export const SHAPES: Record<Severity, string> = { minor: "○", moderate: "◐", severe: "◆", extreme: "▲" };
/** A sign whose meaning stands beside it in words: screen readers would read its name ("black diamond"). */
export function Sign({ children }: { children: string }) {
  return <span aria-hidden="true">{children}</span>;
}
/** Number of rows shown at first, and added by the button at the end. */
const MOST = 200;
const most = signal(MOST);
/** Number of rows shown of a list: keys may have selected one further down. */
function shownOf(groups: readonly Group[]): number {
  const selected = store.selectedRow.value?.alert.id;
  return Math.max(most.value, 1 + groups.findIndex(({ rows }) => rows.some(({ alert }) => alert.id === selected)));
}

/** Scrolls a row of the list into view when it is selected, by key or by a link. */
function useInView(isSelected: boolean) {
  const element = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isSelected) element.current?.scrollIntoView({ block: "nearest" });
  }, [isSelected]);
  return element;
}

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
          <span class={waiting ? "count waiting" : "count"} aria-hidden="true">
            {waiting}
          </span>
          <span class="spoken">{t("queue.unseen", { n: waiting })}</span>
        </h2>
        <Choices />
        <RegionChoices />
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
          <Sign>▲</Sign> {t("queue.hidden", { n: queue.hidden.value })}
        </button>
      )}
      <Picking />
      <ol>
        {groups.slice(0, shownOf(groups)).map((group) => (
          <GroupRow key={group.key} group={group} />
        ))}
        <Rest left={groups.length - shownOf(groups)} />
      </ol>
      {groups.length === 0 && <Empty />}
      <QuietList />
    </section>
  );
}

/** What stands in place of rows: what is watched, and what the map shows, for those who see it for the first time. */
function Empty() {
  const feeds = store.health.value?.feeds.length ?? 0;
  const isFirst = queue.filter.value === "open" && queue.quietGroups.value.length === 0;
  return (
    <div class="empty">
      <p>
        {t(queue.quietGroups.value.length > 0 ? "queue.none_loud" : "queue.none")}{" "}
        {queue.filter.value === "open" && feeds > 0 && t("queue.watching", { n: feeds })}
      </p>
      {isFirst && store.session.value?.mode !== "live" && <p>{t("queue.not_now")}</p>}
      {isFirst && <FirstDue />}
      {isFirst && <p>{t("queue.symbols", { help: t("keys.help") })}</p>}
    </div>
  );
}

/** When the first alert of the demonstration is due. */
function FirstDue() {
  const due = store.session.value?.first_due ?? 0;
  const left = due - store.now.value;
  if (left <= 0) return null;
  const time = `${utc(due).slice(0, 5)}Z`;
  const speed = store.speed.value;
  return <p>{speed ? t("queue.first_due_in", { time, left: span(left / speed) }) : t("queue.first_due", { time })}</p>;
}

/** Says that the list goes on, and shows more of it. */
function Rest({ left }: { left: number }) {
  if (left <= 0) return null;
  return (
    <li class="rest">
      {t("queue.not_shown", { n: left })}{" "}
      <button onClick={() => (most.value += MOST)}>{t("queue.show_more", { n: Math.min(MOST, left) })}</button>
    </li>
  );
}

/** Selection of several alerts: one by one, all that are shown, those of a rule, or those of an area. */
function Picking() {
  if (!store.mayAct.value || queue.shownRows.value.length === 0) return null;
  const rows = queue.pickedRows.value;
  const first = rows[0] ?? store.selectedRow.value;
  const unseen = rows.filter((row) => !row.acknowledged && !row.closed);
  return (
    <div class="picking" role="group" aria-label={t("queue.select")}>
      <button aria-pressed={queue.isPicking.value} onClick={queue.togglePicking}>
        {t("queue.select")} <kbd>3</kbd>
      </button>
      {queue.isPicking.value && (
        <>
          <strong role="status">{t("queue.selected", { n: rows.length })}</strong>
          <button onClick={() => queue.pick(queue.shownRows.value)}>{t("queue.select_shown")}</button>
          {first && (
            <button onClick={() => queue.pick(ofRule(first))}>{t("queue.select_rule", { rule: first.alert.properties.rule })}</button>
          )}
          {first && <button onClick={() => queue.pick(queue.near(first))}>{t("queue.select_near")}</button>}
          {rows.length > 0 && <button onClick={() => (queue.picked.value = new Set())}>{t("queue.select_none")}</button>}
          {unseen.length > 0 && (
            <button class="ack" onClick={() => acknowledgeMany("acknowledge", unseen)}>
              {t("keys.acknowledge")} … <kbd>A</kbd>
            </button>
          )}
          {rows.length > 0 && (
            <button onClick={closeMany}>
              {t("keys.close")} … <kbd>X</kbd>
            </button>
          )}
        </>
      )}
    </div>
  );
}

const ofRule = (row: AlertRow): AlertRow[] =>
  queue.shownRows.value.filter(({ alert }) => alert.properties.rule === row.alert.properties.rule);

/** The quiet list, folded: what is moderate and usual, or minor. */
function QuietList() {
  const groups = queue.quietGroups.value;
  const waiting = queue.unseenQuiet.value;
  const isOpen = queue.quietOpen.value === true;
  if (groups.length === 0 && waiting.length === 0) return null;
  return (
    <section class="quiet" aria-label={t("queue.quiet")}>
      <div class="quiet-head">
        <button class="fold" aria-expanded={isOpen} onClick={() => (queue.quietOpen.value = !isOpen)}>
          {isOpen ? "▾" : "▸"} {t("queue.quiet")} <span class="count">{waiting.length}</span>
        </button>
        {store.mayAct.value && waiting.length > 0 && (
          <button class="ack" onClick={() => acknowledgeMany("quiet_seen", waiting, t("queue.quiet_reason"))}>
            {t("queue.quiet_seen")}
          </button>
        )}
      </div>
      {isOpen && (
        <ol>
          {groups.slice(0, shownOf(groups)).map((group) => (
            <GroupRow key={group.key} group={group} />
          ))}
          <Rest left={groups.length - shownOf(groups)} />
        </ol>
      )}
    </section>
  );
}

function showAll(): void {
  queue.filter.value = "open";
  queue.pattern.value = "";
  queue.least.value = "minor";
  queue.region.value = { owner: "", community: "", lead: "" };
}

/** Filters of a node that shares with other centres. */
function RegionChoices() {
  const centres = store.centres.value;
  if (centres.length === 0) return null;
  const owners = [...new Set(centres.map((centre) => centre.state ?? centre.body ?? ""))].sort();
  const communities = [...new Set(centres.flatMap((centre) => centre.communities))].sort();
  const choose = (key: "owner" | "community" | "lead", options: readonly { value: string; label: string }[]) => (
    <select
      aria-label={t(`region.${key}`)}
      value={queue.region.value[key]}
      onChange={(e) => (queue.region.value = { ...queue.region.value, [key]: e.currentTarget.value })}
    >
      <option value="">{t(`region.${key}`)}</option>
      {options.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
  const named = (names: readonly string[]) => names.map((name) => ({ value: name, label: name }));
  return (
    <div class="choices region">
      {choose("owner", named(owners))}
      {communities.length > 0 && choose("community", named(communities))}
      {choose(
        "lead",
        centres.map(({ name, label }) => ({ value: name, label })),
      )}
    </div>
  );
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
  const { severity, pattern } = row.alert.properties;
  const { reason, place } = reasonAndPlace(row);
  const unseen = group.rows.filter((r) => !r.acknowledged && !r.closed);
  const isUnfolded = queue.isUnfolded(group);
  const selected = group.rows.some((r) => r.alert.id === store.selectedRow.value?.alert.id);
  const element = useInView(selected && !isUnfolded);
  const classes = ["row", severity, row.acknowledged ? "seen" : "unseen", store.isOpen(row) ? "" : "over"].join(" ");
  return (
    <li ref={element} class={classes} aria-current={selected}>
      {queue.isPicking.value && <Pick group={group} row={row} />}
      <button class="row-main" onClick={() => select(row)}>
        <Head row={row} />
        <span class="where">
          <strong>{t(`pattern.${pattern}`)}</strong> <Sign>·</Sign> {place}
        </span>
        <span class="summary" lang="en">
          {reason}
        </span>
        <Tags group={group} row={row} />
      </button>
      <div class="row-side">
        {store.mayAct.value && unseen.length > 0 && (
          <button
            class="ack"
            aria-label={`${t("queue.ack")}: ${t("keys.acknowledge")} ${unseen.length > 1 ? t("queue.more", { n: unseen.length }) : row.number}`}
            onClick={() => void act({ action: "acknowledge", alerts: unseen.map((r) => r.alert.id) })}
          >
            {t("queue.ack")}
          </button>
        )}
        {group.rows.length > 1 && (
          <button
            class="fold"
            aria-expanded={isUnfolded}
            aria-label={t("queue.more", { n: group.rows.length })}
            onClick={() => queue.unfold(group)}
          >
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

/** Box that selects the alerts of a row among several. */
function Pick({ group, row }: { group: Group; row: AlertRow }) {
  return (
    <input
      type="checkbox"
      class="pick"
      aria-label={t("queue.choose", { n: row.number })}
      checked={group.rows.every((one) => queue.picked.value.has(one.alert.id))}
      onChange={(e) => queue.pick(group.rows, e.currentTarget.checked)}
    />
  );
}

function Head({ row }: { row: AlertRow }) {
  const { severity } = row.alert.properties;
  return (
    <span class="row-head">
      <span class="badge">
        <Sign>{SHAPES[severity]}</Sign> {t(`severity.${severity}`)}
      </span>
      <strong class="number">{row.number}</strong>
      <span class="age">{span(store.now.value - row.raised)}</span>
    </span>
  );
}

function Tags({ group, row }: { group: Group; row: AlertRow }) {
  const doing = group.rows.map((r) => pending.waiting.value.get(r.alert.id)).find((name) => name !== undefined);
  const silence = group.rows.map(store.silenceOf).find((one) => one !== undefined);
  const state = row.closed ? t(`outcome.${row.closed.outcome}`) : row.alert.properties.phase === "ended" ? t("queue.ended") : "";
  return (
    <span class="row-foot">
      {group.rows.length > 1 && <span class="tag">{t("queue.more", { n: group.rows.length })}</span>}
      {row.alert.properties.flood && <span class="tag urgent">{t("queue.flood", { n: row.alert.properties.flood.alerts })}</span>}
      <CentreTags group={group} row={row} />
      {doing && <span class="tag doing">{pending.wordOf(doing)} …</span>}
      {row.escalated && !row.acknowledged && <span class="tag urgent">{t("queue.escalated")}</span>}
      {state && <span class="tag">{state}</span>}
      {silence && <span class="tag silenced">{t("queue.silenced", { until: utc(silence.until) })}</span>}
      {row.muted && <span class="tag">{t("queue.muted")}</span>}
      {row.held && <span class="tag">{t("queue.held")}</span>}
      {row.assigned && <span class="tag">{t("queue.with", { name: row.assigned.to })}</span>}
      {row.acknowledged && <span class="by">{t("queue.seen_by", { name: row.acknowledged.by })}</span>}
    </span>
  );
}

/** Centres that raised the alerts of a group, the one that leads, and the newest offer. */
function CentreTags({ group, row }: { group: Group; row: AlertRow }) {
  if (!row.lead) return null;
  const from = [...new Set(group.rows.map((r) => r.from))].filter((name) => name !== null);
  const isOwn = row.lead.centre === store.own.value;
  const waits = row.offer?.state === "waiting";
  return (
    <>
      {from.map((name) => (
        <span key={name} class="tag centre">
          {t("queue.from", { name: store.centreName(name) })}
        </span>
      ))}
      <span class={isOwn ? "tag own" : "tag"}>
        {isOwn ? t("queue.lead_own") : t("queue.lead", { name: store.centreName(row.lead.centre) })}
      </span>
      {row.offer && <span class={waits && row.offer.to === store.own.value ? "tag urgent" : "tag"}>{offerWords(row.offer)}</span>}
    </>
  );
}

/** State of an offer of the lead, in words. */
export function offerWords(offer: Offer): string {
  const name = store.centreName(offer.to);
  if (offer.state !== "waiting") return t(`offer.${offer.state}`, { name });
  if (offer.to === store.own.value) return t("offer.to_us", { name: store.centreName(offer.from), until: utc(offer.until) });
  return t("offer.waiting", { name, until: utc(offer.until) });
}

/** One alert of an unfolded group. */
function Member({ row }: { row: AlertRow }) {
  const { severity, subjects, pattern } = row.alert.properties;
  const isSelected = row.alert.id === store.selectedRow.value?.alert.id;
  const element = useInView(isSelected);
  return (
    <li ref={element} class={severity} aria-current={isSelected}>
      <button onClick={() => select(row)}>
        <span class="badge">
          <Sign>{SHAPES[severity]}</Sign>
          <span class="spoken">{t(`severity.${severity}`)}</span>
        </span>{" "}
        <strong>{row.number}</strong> <span class="member-name">{subjects.map(subjectName).join(", ") || t(`pattern.${pattern}`)}</span>
        {row.from && <span class="tag centre">{store.centreName(row.from)}</span>}
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
