// Centres of an alert: which one leads its incident, and which have received, seen and taken it.

import type { AlertRow, CentreState } from "../api";
import { utc } from "../format";
import { t } from "../i18n";
import * as store from "../store";
import { offerWords } from "./queue";

export function Centres({ row }: { row: AlertRow }) {
  const { lead, offer, area } = row;
  if (!lead) return null;
  const others = store.centres.value.filter(({ name }) => name !== store.own.value);
  const known = others.map(({ name }) => ({ name, state: row.centres.find((state) => state.centre === name) }));
  const has = known.filter(({ name, state }) => state !== undefined || name === row.from);
  const hasNot = known.filter((centre) => !has.includes(centre)).map(({ name }) => store.centreName(name));
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
            {has.map(({ name, state }) => (
              <State key={name} name={name} state={state} isSource={name === row.from} />
            ))}
          </tbody>
        </table>
      )}
      {hasNot.length > 0 && <p class="facts">{t("centres.without", { names: hasNot.join(", ") })}</p>}
    </section>
  );
}

function State({ name, state, isSource }: { name: string; state: CentreState | undefined; isSource: boolean }) {
  const received = isSource ? t("centres.source") : state?.received ? utc(state.received) : "";
  return (
    <tr>
      <th scope="row">{store.centreName(name)}</th>
      <td>{received}</td>
      <td>{state?.seen && `${utc(state.seen.time)} ${state.seen.by}`}</td>
      <td>{state?.closed ? t(`outcome.${state.closed.outcome}`) : state?.taken && `${utc(state.taken.time)} ${state.taken.by}`}</td>
    </tr>
  );
}
