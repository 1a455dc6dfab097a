// The Rules workspace: rules in force and what came of them, trials of other limits and zones, versions.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import * as bench from "../bench";
import { utcDay } from "../format";
import { t } from "../i18n";
import * as store from "../store";
import { RuleDetail } from "./rule";
import { TrialTab } from "./trial";

const TABS: readonly bench.Tab[] = ["rules", "trial", "versions"];

export function RulesPanel() {
  const box = useRef<HTMLElement>(null);
  useEffect(() => void bench.load(), []);
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.focus();
    return () => {
      store.tool.value = "none";
      if (box.current?.contains(document.activeElement)) before?.focus();
    };
  }, []);
  const tab = bench.tab.value;
  const count = bench.changes.value.length + bench.zones.value.length;
  /** Arrows go from tab to tab, as WAI-ARIA has it. */
  const step = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = TABS[(TABS.indexOf(tab) + by + TABS.length) % TABS.length]!;
    bench.tab.value = next;
    box.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return (
    <section class="workbench" role="dialog" aria-label={t("rules.title")} tabIndex={-1} ref={box}>
      <div class="workbench-head">
        <h2>{t("rules.title")}</h2>
        <div role="tablist" aria-label={t("rules.title")}>
          {TABS.map((name) => (
            <button
              key={name}
              id={`tab-${name}`}
              role="tab"
              aria-selected={tab === name}
              aria-controls="workbench-body"
              tabIndex={tab === name ? 0 : -1}
              onKeyDown={step}
              onClick={() => (bench.tab.value = name)}
            >
              {t(`rules.tab_${name}`)}
              {name === "trial" && count > 0 && <span class="count">{count}</span>}
            </button>
          ))}
        </div>
        <button class="shut" aria-label={t("details.shut")} onClick={() => (store.panel.value = "none")}>
          ✕
        </button>
      </div>
      {bench.fault.value && (
        <p class="error" role="alert">
          {bench.fault.value}
        </p>
      )}
      <div id="workbench-body" class="workbench-body" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {tab === "rules" && <RulesTab />}
        {tab === "trial" && <TrialTab />}
        {tab === "versions" && <VersionsTab />}
      </div>
    </section>
  );
}

function RulesTab() {
  const inForce = bench.inForce.value;
  if (!inForce) return <p class="empty">{t("rules.loading")}</p>;
  const rule = inForce.rules.find(({ name }) => name === bench.chosen.value);
  return rule ? <RuleDetail rule={rule} /> : <RuleList inForce={inForce} />;
}

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((sum, n) => sum + n, 0);

function RuleList({ inForce }: { inForce: bench.RulesInForce }) {
  const [wanted, setWanted] = useState("");
  const text = wanted.trim().toLowerCase();
  const fits = ({ name, pattern }: bench.Rule): boolean =>
    !text || name.includes(text) || pattern.includes(text) || t(`pattern.${pattern}`).toLowerCase().includes(text);
  const since = inForce.in_force_since;
  return (
    <>
      <p class="facts">
        {t("rules.version", { version: inForce.version.slice(0, 12) })}
        {since && ` · ${t("rules.since", { time: utcDay(since) })}`}
      </p>
      <input
        class="search"
        type="search"
        aria-label={t("rules.find")}
        placeholder={t("rules.find")}
        value={wanted}
        onInput={(e) => setWanted(e.currentTarget.value)}
      />
      <table class="wide rules">
        <thead>
          <tr>
            <th>{t("rules.rule")}</th>
            <th class="figure">{t("rules.raised")}</th>
            <th class="figure">{t("rules.false")}</th>
            <th class="figure">{t("rules.unjudged")}</th>
          </tr>
        </thead>
        <tbody>
          {inForce.rules.filter(fits).map((rule) => {
            const isTried = bench.sent.value.some((change) => change.rule === rule.name);
            return (
              <tr key={rule.name} class={rule.enabled === false ? "off" : ""}>
                <th scope="row">
                  <button class="link" onClick={() => (bench.chosen.value = rule.name)}>
                    {rule.name}
                  </button>
                  <small>
                    {t(`pattern.${rule.pattern}`)}
                    {rule.enabled === false && ` · ${t("rules.off")}`}
                    {isTried && <span class="tag tried">{t("rules.changed")}</span>}
                  </small>
                </th>
                <td class="figure">{rule.raised}</td>
                <td class="figure">{rule.closed["false-alarm"] ?? rule.closed.false ?? 0}</td>
                <td class="figure">{total(rule.cannot_judge)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}

/** Lines of a difference: what is added, what is removed, what stays. */
function Diff({ lines }: { lines: readonly string[] }) {
  const kind = (line: string): string => (/^\+(?!\+\+)/.test(line) ? "added" : /^-(?!--)/.test(line) ? "removed" : "");
  return (
    <pre class="diff">
      {lines.map((line) => (
        // biome-ignore lint/correctness/useJsxKeyInIterable: lines may be equal, and stay where they are.
        <span class={kind(line)}>{`${line}\n`}</span>
      ))}
    </pre>
  );
}

function VersionsTab() {
  const [why, setWhy] = useState("");
  const [log, before] = [bench.log.value, bench.before.value];
  return (
    <>
      {store.mayTune.value && bench.inForce.value?.can_change && !before && log.length > 0 && <p class="facts">{t("rules.back_none")}</p>}
      {store.mayTune.value && bench.inForce.value?.can_change && before && (
        <form
          class="force"
          onSubmit={(e) => {
            e.preventDefault();
            void bench.back(why).then((done) => done && setWhy(""));
          }}
        >
          <p>{t("rules.back_to", { version: before.version.slice(0, 12), time: utcDay(before.at) })}</p>
          <p class="facts">{[before.who, before.why].filter(Boolean).join(": ")}</p>
          {before.diff === null ? (
            <p class="error">{t("rules.back_lost")}</p>
          ) : (
            <>
              <p class="facts">{t("rules.back_diff")}</p>
              <Diff lines={before.diff} />
            </>
          )}
          <label>
            {t("rules.back_why")}
            <input required maxLength={500} value={why} onInput={(e) => setWhy(e.currentTarget.value)} />
          </label>
          <button type="submit" disabled={before.diff === null}>
            {t("rules.back")}
          </button>
        </form>
      )}
      {log.length === 0 && <p class="empty">{t("rules.no_versions")}</p>}
      <ol class="versions">
        {log.map((version, i) => (
          <li key={version.version + version.at}>
            <h3>
              <code>{version.version.slice(0, 12)}</code> {i === 0 && <span class="tag good">{t("rules.in_force")}</span>}{" "}
              {version.back && <span class="tag">{t("rules.was_taken_back")}</span>}
            </h3>
            <p class="facts">
              <time>{utcDay(version.at)}</time> {version.who}
            </p>
            <p>{version.why}</p>
            {version.diff.length > 0 && (
              <details open={i === 0}>
                <summary>{t("rules.diff")}</summary>
                <Diff lines={version.diff} />
              </details>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}
