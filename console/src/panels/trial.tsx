// A trial of changed limits and drawn zones: what it is about, its progress, what appears and vanishes, and putting it in force.

import { useState } from "preact/hooks";
import * as bench from "../bench";
import { type Difference, differences, hourly, SIGNS } from "../comparison";
import { bytes, figure, quantity, utc, utcDay } from "../format";
import { t, withColon } from "../i18n";
import { showOnMap } from "../map/shown";
import * as store from "../store";
import { Bar, percent } from "./bar";
import { valueWords } from "./rule";
import { ZoneForm } from "./zone";

/** Differences that the list shows at most. */
const MOST_SHOWN = 200;

export function TrialTab() {
  return (
    <>
      <Changes />
      {store.mayTune.value && <ZoneForm />}
      {store.mayTune.value && <Over />}
      <Progress />
      <Result />
      {store.mayTune.value &&
        bench.isChanged.value &&
        (bench.inForce.value?.can_change ? <Force /> : <p class="facts">{t("rules.only_tried")}</p>)}
    </>
  );
}

/** Everything that is changed, each with a way to take it back. */
function Changes() {
  const rules = bench.inForce.value?.rules ?? [];
  const own = ({ rule, limit }: bench.Change) => rules.find(({ name }) => name === rule)?.limits.find(({ name }) => name === limit);
  return (
    <section>
      <h3>{t("rules.changes")}</h3>
      {!bench.isChanged.value && <p class="facts">{t("rules.no_changes")}</p>}
      <ul class="history changes">
        {bench.changes.value.map((change) => {
          const limit = own(change);
          const word = t(`limit.${quantity(change.limit).word}`);
          return (
            <li key={`${change.rule}/${change.limit}`}>
              <button
                class="link"
                onClick={() => {
                  bench.chosen.value = change.rule;
                  bench.tab.value = "rules";
                }}
              >
                {change.rule}
              </button>
              {`: ${word} `}
              {limit ? valueWords(limit, limit.value) : ""} →{" "}
              <strong>{limit ? valueWords(limit, change.value) : String(change.value)}</strong>
              <button
                class="remove"
                aria-label={`${t("rules.reset")}: ${change.rule} ${word}`}
                onClick={() => bench.setValue(change.rule, change.limit, undefined, null)}
              >
                ✕
              </button>
            </li>
          );
        })}
        {bench.zones.value.map((zone) => (
          <li key={zone.id}>
            {`${withColon(t("zone_form.zone"))} `}
            <button class="link" onClick={() => zone.ring[0] && showOnMap(zone.ring[0])}>
              {zone.name}
            </button>
            {` (${t(`zone.${zone.kind}`)})${zone.rule ? ` → ${zone.rule}` : ""}`}
            <button
              class="remove"
              aria-label={`${t("rules.reset")}: ${zone.name}`}
              onClick={() => (bench.zones.value = bench.zones.value.filter(({ id }) => id !== zone.id))}
            >
              ✕
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The recordings that the trial runs over. */
function Over() {
  const all = bench.recordings.value;
  const picked = bench.picked.value;
  const isLive = store.session.value?.mode !== "replay";
  const pick = (name: string, is: boolean): void => {
    bench.picked.value = is ? [...picked, name] : picked.filter((other) => other !== name);
  };
  return (
    <section>
      <h3>{t("rules.over")}</h3>
      {all.length === 0 && <p class="facts">{t("rules.no_recordings")}</p>}
      {isLive && all.length > 0 && (
        <label class="inline">
          {t("rules.last")}{" "}
          <input
            type="number"
            min="0.5"
            max="8760"
            step="0.5"
            disabled={picked.length > 0}
            value={bench.hours.value}
            onChange={(e) => (bench.hours.value = Math.max(0.1, Number(e.currentTarget.value) || 24))}
          />{" "}
          {t("rules.hours")}
        </label>
      )}
      {all.length > 0 && (
        <details>
          <summary>
            {picked.length > 0 ? t("rules.recordings_picked", { n: picked.length }) : t("rules.recordings_named", { n: all.length })}
          </summary>
          <div class="recordings">
            {all.toReversed().map(({ name, bytes: size, written, uploaded }) => (
              <label key={name} class="inline">
                <input type="checkbox" checked={picked.includes(name)} onChange={(e) => pick(name, e.currentTarget.checked)} /> {name}{" "}
                <small>{`${bytes(size)} · ${utcDay(written)}`}</small>
                {uploaded && (
                  <>
                    {" "}
                    <span class="tag">{t("rules.uploaded")}</span>
                    <button class="remove" aria-label={t("rules.remove_upload", { name })} onClick={() => void bench.removeUpload(name)}>
                      ✕
                    </button>
                  </>
                )}
              </label>
            ))}
          </div>
        </details>
      )}
      <Upload />
      <div class="actions">
        <button
          class="primary"
          disabled={!bench.isChanged.value || bench.isRunning.value || all.length === 0}
          onClick={() => void bench.run()}
        >
          {t("rules.run")}
        </button>
      </div>
    </section>
  );
}

/** Brings recordings of this computer to the watch. */
function Upload() {
  const room = bench.inForce.value?.upload_room ?? null;
  const sending = bench.sending.value;
  if (room === null) return null;
  return (
    <div class="upload">
      <label>
        {t("rules.upload")}
        <input
          type="file"
          multiple
          disabled={sending !== null}
          onChange={(e) => {
            const input = e.currentTarget;
            void bench.upload([...(input.files ?? [])]).then(() => (input.value = ""));
          }}
        />
      </label>
      {sending ? (
        <div class="progress" role="status">
          <Bar share={sending.share} name={t("rules.uploading", { name: sending.name })} cancel={sending.cancel}>
            {`${t("rules.uploading", { name: sending.name })} ${percent(sending.share)}`}
          </Bar>
        </div>
      ) : (
        <p class="facts">{t("rules.upload_facts", { size: bytes(room) })}</p>
      )}
    </div>
  );
}

function Progress() {
  const trial = bench.trial.value;
  if (!trial) return null;
  const at = trial.at ? ` · ${utcDay(trial.at)}` : "";
  return (
    <div class="progress" role="status">
      {bench.isRunning.value && (
        <Bar share={trial.progress} name={t("rules.progress")} cancel={() => void bench.cancel()}>
          {trial.stage === "waiting" ? t("rules.waiting") : `${percent(trial.progress)}${at}`}
        </Bar>
      )}
      {trial.stage === "cancelled" && <span>{t("rules.cancelled")}</span>}
      {(trial.stage === "refused" || trial.stage === "failed") && (
        <p class="error" role="alert">
          {t(`rules.${trial.stage}`)} {trial.error}
        </p>
      )}
    </div>
  );
}

function Result() {
  const trial = bench.trial.value;
  const comparison = trial?.comparison;
  if (!trial || !comparison || !trial.differences) return null;
  const { appear, vanish, change } = trial.differences;
  const { before, after, hours, stopped } = comparison;
  const all = differences(comparison);
  const tile = (word: string, n: number, sign: string, kind: string) => (
    <div class={`tile ${kind}`}>
      <strong>
        <span aria-hidden="true">{sign}</span> {n}
      </strong>
      {t(word)}
    </div>
  );
  return (
    <section class="result">
      <h3>
        {t("rules.result")} {!bench.isCurrent.value && <span class="tag urgent">{t("rules.old_result")}</span>}
      </h3>
      <div class="tiles">
        {tile("rules.appear", appear, SIGNS.appear, "appear")}
        {tile("rules.vanish", vanish, SIGNS.vanish, "vanish")}
        {tile("rules.change", change, SIGNS.change, "change")}
        {tile("rules.same", comparison.same, "=", "same")}
      </div>
      <p class="facts">
        {figure(
          t("rules.rates", {
            hours: hours.toFixed(1),
            before: hourly(before.alerts, hours),
            after: hourly(after.alerts, hours),
          }),
        )}
      </p>
      {stopped && <p class="error">{t("rules.stopped", { n: stopped.alerts, time: utcDay(Date.parse(stopped.at)) })}</p>}
      <Timeline all={all} span={comparison.span} hours={comparison.by_hour} />
      <ul class="history differences">
        {all.slice(0, MOST_SHOWN).map(({ fate, alert, differences: what }) => (
          <li key={`${fate}${alert.id}`} class={fate}>
            <span class="fate" aria-hidden="true">
              {SIGNS[fate]}
            </span>
            <button
              class="link"
              aria-pressed={bench.pointed.value === alert.id}
              onClick={() => {
                bench.pointed.value = alert.id;
                showOnMap(alert.position);
              }}
            >
              <span class="spoken">{t(`rules.${fate}`)} </span>
              <time>{utc(Date.parse(alert.raised))}</time> {alert.summary}
            </button>
            {what.map((one) => (
              <small key={one.what}>{` ${withColon(t(`rules.what_${one.what}`))} ${one.before} → ${one.after}`}</small>
            ))}
          </li>
        ))}
      </ul>
      {all.length > MOST_SHOWN && <p class="facts">{t("rules.more", { n: all.length - MOST_SHOWN })}</p>}
    </section>
  );
}

const WIDTH = 600;

/** Line of time: alerts an hour before and after as bars, and a mark for each alert that differs. */
function Timeline({
  all,
  span,
  hours,
}: {
  all: readonly Difference[];
  span: readonly [string, string] | null;
  hours: readonly { from: string; before: number; after: number }[];
}) {
  if (!span) return null;
  const [from, until] = span.map((time) => Date.parse(time)) as [number, number];
  const x = (time: number): number => ((time - from) / Math.max(1, until - from)) * (WIDTH - 20) + 10;
  const most = Math.max(1, ...hours.flatMap(({ before, after }) => [before, after]));
  const bar = (n: number): number => (n / most) * 34;
  const wide = Math.max(3, Math.min(24, (3_600_000 / Math.max(1, until - from)) * (WIDTH - 20) * 0.4));
  const y = { appear: 64, vanish: 92, change: 78 };
  return (
    <figure class="times">
      <svg viewBox={`0 0 ${WIDTH} 96`} role="img" aria-label={t("rules.timeline")}>
        {hours.map(({ from: hour, before, after }) => {
          const left = Math.max(10, Math.min(WIDTH - 12 - 2 * wide, x(Date.parse(hour) + 1_800_000) - wide));
          return (
            <g key={hour}>
              <rect class="before" x={left} y={44 - bar(before)} width={wide} height={bar(before)} />
              <rect class="after" x={left + wide} y={44 - bar(after)} width={wide} height={bar(after)} />
            </g>
          );
        })}
        <line x1={10} y1={44} x2={WIDTH - 10} y2={44} />
        {all.map(({ fate, alert }) => (
          <text
            key={`${fate}${alert.id}`}
            class={bench.pointed.value === alert.id ? `${fate} pointed` : fate}
            x={x(Date.parse(alert.raised))}
            y={y[fate]}
            text-anchor="middle"
          >
            {SIGNS[fate]}
          </text>
        ))}
      </svg>
      <div class="ends">
        <span>{utcDay(from)}</span>
        <span>{utcDay(until)}</span>
      </div>
      <figcaption>
        <span class="before">■</span> {t("rules.before")} <span class="after">■</span> {t("rules.after")}
      </figcaption>
    </figure>
  );
}

/** Puts the changes in force, with a reason; many alerts ask for a second yes. */
function Force() {
  const [why, setWhy] = useState("");
  const [isSure, setSure] = useState(false);
  const needsYes = bench.isCurrent.value && (bench.trial.value?.needs_second_yes ?? false);
  const isTried = bench.isCurrent.value && bench.trial.value?.stage === "done";
  return (
    <form
      class="force"
      onSubmit={(e) => {
        e.preventDefault();
        void bench.force(why, needsYes && isSure).then((done) => done && setWhy(""));
      }}
    >
      <h3>{t("rules.force")}</h3>
      {!isTried && <p class="facts">{t("rules.untried")}</p>}
      <label>
        {t("rules.why")}
        <textarea required rows={2} maxLength={2000} value={why} onInput={(e) => setWhy(e.currentTarget.value)} />
      </label>
      {needsYes && (
        <label class="inline">
          <input type="checkbox" required checked={isSure} onChange={(e) => setSure(e.currentTarget.checked)} /> {t("rules.second_yes")}
        </label>
      )}
      <div class="actions">
        <button type="submit" class="primary" disabled={bench.isRunning.value}>
          {t("rules.force")}
        </button>
        <button type="button" onClick={bench.forget}>
          {t("rules.forget")}
        </button>
      </div>
    </form>
  );
}
