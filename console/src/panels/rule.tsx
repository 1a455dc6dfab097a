// One rule: its limits, each with a slider, the tracks that came near it, and what was raised.

import * as bench from "../bench";
import { hourly } from "../comparison";
import { amount, figure, quantity, utcDay } from "../format";
import { t } from "../i18n";
import { shownIn, slider, tidy, triedValues } from "../slide";
import * as store from "../store";
import { Bar, percent } from "./bar";

export function RuleDetail({ rule }: { rule: bench.Rule }) {
  const closed = Object.entries(rule.closed).filter(([, n]) => n > 0);
  const unjudged = Object.entries(rule.cannot_judge).filter(([, n]) => n > 0);
  return (
    <>
      <button class="link" onClick={() => (bench.chosen.value = null)}>
        {`← ${t("rules.all")}`}
      </button>
      <h3 class="rule-name">
        {rule.name} <small>{t(`pattern.${rule.pattern}`)}</small>
      </h3>
      <p class="facts">
        {t("rules.raised_n", { n: rule.raised })}
        {closed.map(([outcome, n]) => ` · ${t(`outcome.${outcome === "false" ? "false-alarm" : outcome}`)} ${n}`).join("")}
        <br />
        <code>{rule.file}</code>
      </p>
      {unjudged.length > 0 && (
        <details>
          <summary>{t("rules.unjudged_n", { n: unjudged.reduce((sum, [, n]) => sum + n, 0) })}</summary>
          <ul class="history">
            {unjudged.map(([reason, n]) => (
              <li key={reason}>{`${n}: ${t(`reason.${reason}`)}`}</li>
            ))}
          </ul>
        </details>
      )}
      {rule.limits.map((limit) => (
        <LimitRow key={limit.name} rule={rule} limit={limit} />
      ))}
      <Effect rule={rule} />
    </>
  );
}

/** Alerts an hour at the limits in force and at the changed ones, once a trial has found them. */
function Effect({ rule }: { rule: bench.Rule }) {
  const comparison = bench.isCurrent.value ? bench.trial.value?.comparison : null;
  const figures = comparison?.rules[rule.name];
  const isTried = bench.sent.value.some((change) => change.rule === rule.name);
  return (
    <div class="effect">
      {figures && comparison && (
        <p>
          {figure(t("rules.effect", { before: hourly(figures.before, comparison.hours), after: hourly(figures.after, comparison.hours) }))}
        </p>
      )}
      {isTried && store.mayTune.value && (
        <button class="primary" onClick={() => (bench.tab.value = "trial")}>
          {t("rules.to_trial")}
        </button>
      )}
    </div>
  );
}

const SIGNS: Record<string, string> = { at_least: "≥", at_most: "≤", under: "<" };

/** Text of a value of a limit, with its unit. */
export function valueWords(limit: Pick<bench.Limit, "name" | "unit" | "value">, value: unknown): string {
  if (value === null || value === undefined || value === "none") return t("rules.none");
  if (typeof value === "boolean") return value ? t("rules.yes") : t("rules.no");
  if (typeof value === "number") {
    const { unit, factor } = shownIn(limit);
    return figure(`${tidy(value / factor)}${unit === "°" ? "" : " "}${unit}`.trim());
  }
  return amount(limit.name, value as string | string[]);
}

function LimitRow({ rule, limit }: { rule: bench.Rule; limit: bench.Limit }) {
  const tried = bench.triedValue(rule.name, limit.name);
  const value = tried ?? limit.value;
  const name = t(`limit.${quantity(limit.name).word}`);
  const near = rule.near_misses.find((it) => it.limit === limit.name);
  const set = (next: bench.Change["value"] | undefined): void => bench.setValue(rule.name, limit.name, next, limit.value);
  const isNumber = typeof value === "number";
  return (
    <fieldset class={tried === undefined ? "limit" : "limit changed"} disabled={!store.mayTune.value}>
      <legend>
        {`${name} `}
        <small>
          <code>{limit.name}</code>
        </small>
      </legend>
      {isNumber ? (
        <NumberField limit={limit} name={name} value={value} set={set} />
      ) : limit.words && (typeof value === "string" || value === null) ? (
        <select aria-label={name} value={value ?? "none"} onChange={(e) => set(e.currentTarget.value)}>
          {limit.optional && <option value="none">{t("rules.none")}</option>}
          {limit.words.map((word) => (
            <option key={word} value={word}>
              {amount(limit.name, word)}
            </option>
          ))}
        </select>
      ) : (
        <input
          aria-label={name}
          value={Array.isArray(value) ? value.join(", ") : String(value ?? "none")}
          onChange={(e) => set(e.currentTarget.value)}
        />
      )}
      <p class="facts">
        {tried === undefined ? t("rules.in_force") : t("rules.was", { value: valueWords(limit, limit.value) })}
        {tried !== undefined && (
          <button class="link" onClick={() => set(undefined)}>
            {t("rules.reset")}
          </button>
        )}
      </p>
      {near && <NearMisses near={near} />}
      <Sweep rule={rule} limit={limit} />
    </fieldset>
  );
}

function NumberField({
  limit,
  name,
  value,
  set,
}: {
  limit: bench.Limit;
  name: string;
  value: number;
  set: (next: bench.Change["value"] | undefined) => void;
}) {
  const { unit, factor } = shownIn(limit);
  const { min, max, step } = slider(limit);
  const shown = tidy(value / factor);
  const take = (text: string): void => {
    const next = Number(text);
    if (text.trim() === "" || !Number.isFinite(next)) return;
    const [low, high] = [limit.lowest ?? -Infinity, limit.highest ?? Infinity];
    set(tidy(Math.min(high, Math.max(low, next * factor))));
  };
  const bounds = [limit.lowest, limit.highest].map((bound) => (bound === null ? null : tidy(bound / factor)));
  return (
    <div class="value">
      <span class="sign" aria-hidden="true">
        {SIGNS[limit.bound] ?? ""}
      </span>
      <input
        type="number"
        aria-label={`${name}, ${unit}`}
        step="any"
        min={bounds[0] ?? undefined}
        max={bounds[1] ?? undefined}
        value={shown}
        onChange={(e) => take(e.currentTarget.value)}
      />
      <span class="unit">{unit}</span>
      <input
        type="range"
        aria-label={name}
        aria-valuetext={`${shown} ${unit}`}
        min={min}
        max={Math.max(max, shown)}
        step={step}
        value={shown}
        onInput={(e) => take(e.currentTarget.value)}
      />
    </div>
  );
}

/** Alerts an hour of the rule at other values of a limit, once somebody has asked for them. */
function Sweep({ rule, limit }: { rule: bench.Rule; limit: bench.Limit }) {
  const values = triedValues(limit);
  const key = bench.keyOf(rule.name, limit.name);
  const [swept, running] = [bench.swept.value.get(key), bench.sweeping.value];
  const isPossible = rule.enabled !== false && store.mayTune.value && values.length > 1 && bench.recordings.value.length > 0;
  if (running?.key === key)
    return (
      <div class="progress" role="status">
        <Bar share={running.state.progress} name={t("rules.progress")} cancel={() => void bench.cancelSweep()}>
          {running.state.stage === "waiting" ? t("rules.waiting") : percent(running.state.progress)}
        </Bar>
      </div>
    );
  if (!swept && !isPossible) return null;
  return (
    <>
      {swept && <Curve swept={swept} limit={limit} />}
      {isPossible && (
        <button
          class="link"
          aria-label={`${t("rules.sweep")}: ${limit.name}`}
          disabled={running !== null}
          onClick={() => void bench.sweep(rule.name, limit.name, values)}
        >
          {t("rules.sweep")}
        </button>
      )}
    </>
  );
}

const WIDE = 320;
const FLOOR = 70;

/** A curve over values that are numbers, bars over words. */
function Curve({ swept, limit }: { swept: bench.Swept; limit: bench.Limit }) {
  const isNumber = swept.values.every(({ value }) => typeof value === "number");
  const points = isNumber ? swept.values.toSorted((a, b) => (a.value as number) - (b.value as number)) : swept.values;
  const [low, high] = [points[0]?.value as number, points.at(-1)?.value as number];
  const most = Math.max(...points.map((point) => point.alerts_per_hour), 1e-9);
  const x = (i: number): number => {
    const share = isNumber ? ((points[i]!.value as number) - low) / Math.max(1e-9, high - low) : (i + 0.5) / points.length;
    return 16 + share * (WIDE - 32);
  };
  const y = (i: number): number => FLOOR - (points[i]!.alerts_per_hour / most) * 50;
  const rate = (point: bench.SweptValue): string => figure(hourly(point.alerts, swept.hours));
  const said = points.map(
    (point) => `${valueWords(limit, point.value)}: ${rate(point)}${point.in_force ? ` (${t("rules.in_force")})` : ""}`,
  );
  const { factor } = shownIn(limit);
  // Labels of neighbours never touch: the one in force and the ends are written first.
  const isWritten = (i: number): boolean => {
    const first = points.findIndex((point) => point.in_force);
    const clear = (j: number): boolean => Math.abs(x(i) - x(j)) >= 30;
    if (i === first) return true;
    if (first >= 0 && !clear(first)) return false;
    return i === 0 || i === points.length - 1 || (clear(0) && clear(points.length - 1) && (i < 2 || clear(i - 1)));
  };
  return (
    <figure class="near curve">
      <figcaption>{figure(t("rules.swept", { hours: swept.hours.toFixed(1) }))}</figcaption>
      <svg viewBox={`0 0 ${WIDE} 88`} role="img" aria-label={said.join("; ")}>
        <line x1={0} y1={FLOOR} x2={WIDE} y2={FLOOR} />
        {isNumber && <polyline points={points.map((_, i) => `${x(i).toFixed(1)},${y(i).toFixed(1)}`).join(" ")} />}
        {points.map((point, i) => (
          <g key={said[i]} class={point.in_force ? "own" : ""}>
            {point.in_force && <line class="own" x1={x(i)} y1={8} x2={x(i)} y2={FLOOR} />}
            {isNumber ? (
              <circle cx={x(i)} cy={y(i)} r={point.in_force ? 4 : 3} />
            ) : (
              <rect x={x(i) - 12} y={y(i)} width={24} height={FLOOR - y(i)} />
            )}
            {(isWritten(i) || !isNumber) && (
              <>
                <text class="count" x={x(i)} y={y(i) - 6} text-anchor="middle">
                  {rate(point)}
                </text>
                <text x={x(i)} y={FLOOR + 13} text-anchor="middle">
                  {typeof point.value === "number" ? figure(String(tidy(point.value / factor))) : valueWords(limit, point.value)}
                </text>
              </>
            )}
          </g>
        ))}
      </svg>
      {/* Values whose labels would touch are not written at the curve. */}
      <p class="facts" aria-hidden="true">
        {said.join("; ")}
      </p>
      {swept.stopped && (
        <p class="error">{t("rules.sweep_stopped", { n: swept.stopped.alerts, time: utcDay(Date.parse(swept.stopped.at)) })}</p>
      )}
    </figure>
  );
}

/** Bars of the tracks that this limit alone kept from an alert, the nearest first. */
function NearMisses({ near }: { near: bench.NearMisses }) {
  const most = Math.max(1, ...near.counts);
  const all = near.counts.reduce((sum, n) => sum + n, 0);
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const label = (i: number): string => {
    const [from, to] = [near.bounds[i - 1] ?? 0, near.bounds[i]];
    return to === undefined ? `> ${percent(from)}` : `≤ ${percent(to)}`;
  };
  return (
    <figure class="near" aria-label={t("rules.near", { n: all })}>
      <figcaption>{t("rules.near", { n: all })}</figcaption>
      <svg viewBox={`0 0 ${near.counts.length * 50} 64`} role="img" aria-label={near.counts.map((n, i) => `${label(i)}: ${n}`).join("; ")}>
        {near.counts.map((n, i) => {
          const height = Math.round((n / most) * 28);
          return (
            <g key={label(i)}>
              <rect x={i * 50 + 6} y={48 - Math.max(height, n > 0 ? 2 : 0)} width={38} height={Math.max(height, n > 0 ? 2 : 0)} />
              <text x={i * 50 + 25} y={44 - height} text-anchor="middle" class="count">
                {n > 0 ? n : ""}
              </text>
              <text x={i * 50 + 25} y={60} text-anchor="middle">
                {label(i)}
              </text>
            </g>
          );
        })}
        <line x1={0} y1={48} x2={near.counts.length * 50} y2={48} />
        <line x1={1} y1={14} x2={1} y2={48} class="edge" />
      </svg>
    </figure>
  );
}
