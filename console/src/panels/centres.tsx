// Centres of an incident: which one leads it, and which have received, seen and taken its alerts.

import type { AlertRow, CentreState } from "../api";
import { utc } from "../format";
import { t } from "../i18n";
import * as queue from "../queue";
import * as store from "../store";
import { offerWords } from "./queue";

export function Centres({ row }: { row: AlertRow }) {
  const { lead, offer, area } = row;
  if (!lead) return null;
  const others = store.centres.value.filter(({ name }) => name !== store.own.value);
  const rows = queue.groupOf(row.alert.id)?.rows ?? [row];
  const known = others.map(({ name }) => {
    const states = rows.flatMap((r) => r.centres.filter((state) => state.centre === name));
    return { name, states, isSource: rows.some((r) => r.from === name) };
  });
  const has = known.filter(({ states, isSource }) => states.length > 0 || isSource);
  // Receipts of another centre's alerts go to that centre alone.
  const hasNot = rows.some((r) => r.from === null) ? known.filter((centre) => !has.includes(centre)) : [];
  const contacts = store.centres.value.find(({ name }) => name === lead.centre)?.contacts;
  return (
    <section class="centres" aria-label={t("centres.title")}>
      <h3>{t("centres.title")}</h3>
      <p class="facts">
        {t("queue.lead", { name: store.centreName(lead.centre) })}
        {lead.by && ` (${lead.by})`}
        {contacts && lead.centre !== store.own.value && ` · ${contacts}`}
        {area && area !== lead.centre && ` · ${t("centres.area", { name: store.centreName(area) })}`}
        {offer && (
          <>
            <br />
            <strong>{offerWords(offer)}</strong>
            {offer.text && ` ${offer.by}: ${offer.text}`}
            {offer.answer && ` ${offer.answer}`}
          </>
        )}
      </p>
      {has.length > 0 && (
        <table class="limits">
          <thead>
            <tr>
              <th scope="col">{t("centres.centre")}</th>
              <th scope="col">{t("centres.received")}</th>
              <th scope="col">{t("centres.seen")}</th>
              <th scope="col">{t("centres.taken")}</th>
            </tr>
          </thead>
          <tbody>
            {has.map(({ name, states, isSource }) => (
              <State key={name} name={name} states={states} isSource={isSource} />
            ))}
          </tbody>
        </table>
      )}
      {hasNot.length > 0 && (
        <p class="facts">{t("centres.without", { names: hasNot.map(({ name }) => store.centreName(name)).join(", ") })}</p>
      )}
    </section>
  );
}

function State({ name, states, isSource }: { name: string; states: readonly CentreState[]; isSource: boolean }) {
  const newest = Math.max(0, ...states.map((state) => state.received ?? 0));
  const received = isSource ? t("centres.source") : newest ? utc(newest) : "";
  const seen = states.find((state) => state.seen)?.seen;
  const closed = states.find((state) => state.closed)?.closed;
  const taken = states.find((state) => state.taken)?.taken;
  return (
    <tr>
      <th scope="row">{store.centreName(name)}</th>
      <td>{received}</td>
      <td>{seen && `${utc(seen.time)} ${seen.by}`}</td>
      <td>{closed ? t(`outcome.${closed.outcome}`) : taken && `${utc(taken.time)} ${taken.by}`}</td>
    </tr>
  );
}
