// Timeline of an incident: what its alerts said, and what officers of every centre did about them.

import type { AlertRow } from "../api";
import { subjectName, utc } from "../format";
import { t } from "../i18n";
import * as queue from "../queue";
import * as store from "../store";
import { offerWords } from "./queue";

type Line = [number, string];

export function Timeline({ row }: { row: AlertRow }) {
  const rows = queue.groupOf(row.alert.id)?.rows ?? [row];
  const lines = [...rows.flatMap((r) => linesOf(r, rows.length > 1)), ...ofLead(row)];
  return (
    <>
      <h3>{t("details.timeline")}</h3>
      <ul class="history timeline">
        {lines
          .sort((a, b) => a[0] - b[0])
          .map(([time, text]) => (
            <li key={`${time}${text}`}>
              <time>{utc(time)}</time> {text}
            </li>
          ))}
      </ul>
    </>
  );
}

const at = (centre: string | null, by: string): string => (centre ? `${by}, ${store.centreName(centre)}` : by);

/** Lines of one alert. With several alerts in the incident, each line starts with the number of its alert. */
function linesOf(row: AlertRow, isOneOfMany: boolean): Line[] {
  const { properties: p } = row.alert;
  const from = row.from ? ` ${t("queue.from", { name: store.centreName(row.from) })}` : "";
  const number = isOneOfMany ? `${row.number} · ` : "";
  const lines: Line[] = [[row.raised, `${t(`pattern.${p.pattern}`)} ${p.subjects.map(subjectName).join(", ")}${from}`]];
  if (p.ended) lines.push([Date.parse(p.ended), `${t("phase.ended")}${p.end_reason ? ` (${t(`end.${p.end_reason}`)})` : ""}`]);
  for (const c of row.comments) lines.push([c.time, `${at(c.centre, c.by)}: ${c.text}`]);
  if (row.acknowledged) lines.push([row.acknowledged.time, t("queue.seen_by", { name: row.acknowledged.by })]);
  if (row.assigned) lines.push([row.assigned.time, `${t("queue.with", { name: row.assigned.to })} (${row.assigned.by})`]);
  if (row.muted) lines.push([row.muted.time, `${t("queue.muted")} (${row.muted.by})`]);
  if (row.closed) {
    lines.push([row.closed.time, `${t(`outcome.${row.closed.outcome}`)} (${row.closed.by}) ${row.closed.text ?? ""}`]);
  }
  for (const { centre, seen, taken, closed } of row.centres) {
    if (seen) lines.push([seen.time, t("queue.seen_by", { name: at(centre, seen.by) })]);
    if (taken) lines.push([taken.time, t("queue.with", { name: at(centre, taken.by) })]);
    if (closed) lines.push([closed.time, `${t(`outcome.${closed.outcome}`)} (${at(centre, closed.by)}) ${closed.text ?? ""}`]);
  }
  return lines.map(([time, text]) => [time, number + text]);
}

/** Lines about the lead of the incident. */
function ofLead({ lead, offer }: AlertRow): Line[] {
  const lines: Line[] = [];
  if (lead?.since) lines.push([lead.since, `${t("queue.lead", { name: store.centreName(lead.centre) })} (${lead.by ?? ""})`]);
  if (offer) lines.push([offer.time, `${offerWords(offer)} (${at(offer.from, offer.by)})`]);
  return lines;
}
