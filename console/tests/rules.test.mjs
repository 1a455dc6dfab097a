// The Rules workspace alone, over the fixture: limits, zones, a trial, versions; with the keyboard, in four languages, on small screens.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { CUT, SESSION, serve } from "../bench/fixture.mjs";
import { night } from "../bench/traffic.mjs";
import { COMPARISON, Rules } from "./rules.mjs";
import { open, Stage, type, until, within } from "./stage.mjs";

const stage = new Stage();
let browser;
before(async () => (browser = await stage.browser()));
after(() => stage.end());

/** A page with the workspace open, and the server's part in it. */
async function at(t, { palette = "day", language = "en", role, ...options } = {}) {
  const rules = new Rules();
  const answer = (method, path, body) => {
    if (role && path === "session") return [200, { ...SESSION, role }];
    if (role && path === "stream") return CUT;
    return path.startsWith("rules") ? rules.answer(method, path, body) : null;
  };
  const fixture = await serve(night(), { answer });
  const newContext = async (with_) => {
    const context = await browser.newContext(with_);
    await context.addInitScript(
      ([colours, code]) => {
        // Firefox runs this on its empty first page too, where nothing can be kept.
        if (origin === "null") return;
        for (const [name, value] of Object.entries({ officer: '"PO Best"', palette: JSON.stringify(colours), language: code }))
          localStorage.setItem(`vigie.${name}`, value);
      },
      [palette, language],
    );
    return context;
  };
  const page = await open({ newContext }, fixture.url, options);
  t.after(async () => {
    await page.context().close();
    fixture.end();
  });
  return { page, rules };
}
const bench = (page) => page.locator(".workbench");
async function opened(t, options) {
  const { page, rules } = await at(t, options);
  await page.locator(".queue .row").first().waitFor();
  await page.keyboard.press("6");
  await bench(page).locator("table.rules").waitFor();
  return { page, rules };
}
/** Tries 32 knots in place of 25. */
async function changeSpeed(page) {
  await bench(page).getByRole("button", { name: "go-fast-approaches" }).click();
  const speed = bench(page).locator('input[type="number"]').first();
  await type(speed, "32");
}

describe("the Rules workspace", within(180_000), () => {
  test("a limit is changed, tried, put in force with a reason, and taken back", async (t) => {
    const { page, rules } = await opened(t);
    assert.match(await bench(page).innerText(), /go-fast-approaches[\s\S]*17[\s\S]*9[\s\S]*53/);
    await changeSpeed(page);
    assert.match(await bench(page).locator(".limit.changed").innerText(), /in force: 25 kn/);
    assert.match(await bench(page).locator(".near").first().innerText(), /41 tracks that this limit alone/);
    // Alerts an hour by value, found with the keyboard alone, stand under the limit.
    await bench(page).getByRole("button", { name: "Alerts an hour at other values: min_speed" }).focus();
    await page.keyboard.press("Enter");
    await bench(page).locator(".curve").waitFor();
    const [sweep] = rules.asked.splice(0);
    assert.deepEqual([sweep.sweep.rule, sweep.sweep.limit, sweep.sweep.values.length], ["go-fast-approaches", "min_speed", 8]);
    const curve = bench(page).locator(".limit", { hasText: "min_speed" }).locator(".curve svg");
    assert.match(await curve.getAttribute("aria-label"), /^0 kn: 5\.0; .*25 kn: 3\.5 \(in force\)/);
    await bench(page).getByRole("button", { name: "Try it on recordings" }).click();
    assert.match(await bench(page).locator(".changes").innerText(), /speed 25 kn → 32 kn/);
    assert.match(await bench(page).innerText(), /These changes have not been tried/);
    await bench(page).getByRole("button", { name: "Run the trial" }).click();
    await bench(page).locator("progress").waitFor();
    await bench(page).locator(".tiles").waitFor();
    assert.deepEqual(rules.asked, [{ changes: [{ rule: "go-fast-approaches", limit: "min_speed", value: 32 }], hours: 24 }]);
    assert.match(await bench(page).locator(".tiles").innerText(), /\+ 1[\s\S]*− 2[\s\S]*~ 1[\s\S]*= 14/);
    await bench(page).locator(".differences .vanish .link").first().click();
    await until("pointed at", async () => (await bench(page).locator('[aria-pressed="true"]').count()) === 1);
    await bench(page).getByLabel("Why, for the log").fill("Fishing boats coming home");
    await bench(page).locator(".force button[type=submit]").click();
    await bench(page).locator(".versions").waitFor();
    const forced = rules.asked.at(-1);
    assert.deepEqual(
      [forced.changes[0].value, forced.why, forced.by, forced.second_yes],
      [32, "Fishing boats coming home", "PO Best", false],
    );
    assert.match(await bench(page).locator(".versions .diff").innerText(), /-min_speed = "22 kn"\s+\+min_speed = "25 kn"/);
    assert.match(
      await bench(page).locator(".force").innerText(),
      /Version a01b22c7ff10 comes into force again[\s\S]*min_speed 25 kn -> 22 kn/,
    );
    await bench(page).getByLabel("Why the last change is taken back").fill("Too few alerts");
    await bench(page).getByRole("button", { name: "Take back the last change" }).click();
    await until("taken back", () => rules.asked.at(-1).why === "Too few alerts");
    assert.equal(rules.asked.at(-1).to, "a01b22c7ff10", "what was shown, and nothing else");
    assert.deepEqual(page.faults, []);
  });

  test("a trial is cancelled, and a result of other changes says so", async (t) => {
    const { page, rules } = await opened(t);
    await changeSpeed(page);
    await bench(page).locator("#tab-trial").click();
    await bench(page).getByRole("button", { name: "Run the trial" }).click();
    await bench(page).getByRole("button", { name: "Cancel" }).click();
    await until("cancelled", async () => /was cancelled/.test(await bench(page).innerText()));
    await bench(page).getByRole("button", { name: "Run the trial" }).click();
    await bench(page).locator(".tiles").waitFor();
    await bench(page).locator("#tab-rules").click();
    await type(bench(page).locator('input[type="number"]').first(), "40");
    await bench(page).locator("#tab-trial").click();
    assert.match(await bench(page).locator(".result").innerText(), /of other changes: run it again/);

    // A recording of this computer is chosen with the keyboard, sent, tried, and removed.
    const file = bench(page).getByLabel("Add recordings from this computer");
    await file.focus();
    const choosing = page.waitForEvent("filechooser");
    // The dialog is intercepted only once the browser knows of that.
    await page.evaluate(() => 0);
    await page.keyboard.press("Space");
    const chooser = await choosing;
    await chooser.setFiles({ name: "big.nmea", mimeType: "text/plain", buffer: Buffer.alloc(1_000_001) });
    await until("refused", async () => /big\.nmea is too large: 1\.0 MB are free/.test(await bench(page).innerText()));
    await file.setInputFiles({ name: "night 2.nmea", mimeType: "text/plain", buffer: Buffer.from("!AIVD") });
    await until("there", async () => /Chosen recordings: 1/.test(await bench(page).innerText()));
    await bench(page).getByRole("button", { name: "Run the trial" }).click();
    await until("tried", () => rules.asked.at(-1).recordings?.[0] === "night 2.nmea");
    await bench(page).getByText("Chosen recordings: 1").click();
    await bench(page).getByRole("button", { name: "Remove night 2.nmea" }).click();
    await until("removed", async () => rules.uploaded.length === 0 && /Choose recordings \(1\)/.test(await bench(page).innerText()));

    // An alert is judged in its panel.
    await page.keyboard.press("Escape");
    await page.locator(".queue .row").first().click();
    await page.locator(".truth summary").click();
    await page.getByLabel("Was it as the alert says?").selectOption("false");
    await page.locator(".truth").getByLabel("Why").fill("A ferry");
    await page.getByRole("button", { name: "Keep as truth" }).click();
    await until("kept", () => rules.asked.at(-1).verdict === "false" && rules.asked.at(-1).why === "A ferry");
  });

  test("ten thousand alerts ask for a second yes", async (t) => {
    const { page, rules } = await opened(t);
    rules.comparison = { ...COMPARISON, stopped: { at: "2026-04-18T03:00:00Z", alerts: 10_001 } };
    await changeSpeed(page);
    await bench(page).locator("#tab-trial").click();
    await bench(page).getByRole("button", { name: "Run the trial" }).click();
    await bench(page).locator(".tiles").waitFor();
    assert.match(await bench(page).innerText(), /Stopped at .* after 10001 alerts/);
    await bench(page).getByLabel("Why, for the log").fill("All the same");
    await bench(page).locator(".force button[type=submit]").click();
    assert.equal(rules.asked.length, 1, "not without the second yes");
    await bench(page)
      .getByLabel(/and yes, all the same/)
      .check();
    await bench(page).locator(".force button[type=submit]").click();
    await until("put in force", () => rules.asked.at(-1).second_yes === true);
  });

  test("zones are typed, drawn by clicks, and refused where edges cross", async (t) => {
    const { page, rules } = await opened(t);
    await bench(page).locator("#tab-trial").click();
    await bench(page).locator(".zone-form > summary").click();
    const corners = bench(page).getByLabel("Corners, one a line");
    await corners.fill("13 00 N, 61 00 W\n13 10 N, 60 50 W\n13 00 N, 60 50 W\n13 10 N, 61 00 W");
    assert.match(await bench(page).locator(".zone-form").innerText(), /The edges cross/);
    await corners.fill("13 00 N, 61 00 W\n13 00 N, 60 50 W\n13 10 N, 60 50 W");
    await bench(page).getByLabel("Name").fill("Vieux Fort box");
    await bench(page).getByLabel("Rule that holds there too").selectOption("go-fast-approaches");
    await bench(page).getByRole("button", { name: "Add the zone" }).click();
    await bench(page).getByRole("button", { name: "Circle" }).click();
    const map = page.locator(".map");
    const box = await map.boundingBox();
    for (const [x, y] of [
      [600, 300],
      [650, 340],
    ])
      await map.click({ position: { x: x - box.x, y: y - box.y } });
    await until("drawn", async () => (await corners.inputValue()).split("\n").length === 2);
    await bench(page).getByLabel("Name").fill("Circle");
    await bench(page).getByRole("button", { name: "Add the zone" }).click();
    await bench(page).getByRole("button", { name: "Run the trial" }).click();
    await bench(page).locator(".tiles").waitFor();
    const [asked] = rules.asked;
    assert.deepEqual(asked.changes, [{ rule: "go-fast-approaches", limit: "inside", value: ["approaches", "vieux-fort-box"] }]);
    assert.deepEqual(
      asked.zones.features.map(({ properties, geometry }) => [properties.id, properties.kind, geometry.coordinates[0].length]),
      [
        ["vieux-fort-box", "area", 4],
        ["circle", "area", 49],
      ],
    );
    assert.deepEqual(page.faults, []);
  });

  test("everything works with the keyboard, and Escape leaves", async (t) => {
    const { page } = await opened(t);
    await bench(page).locator("#tab-rules").focus();
    await page.keyboard.press("ArrowRight");
    await until("the next tab", async () => (await bench(page).locator('#tab-trial[aria-selected="true"]').count()) === 1);
    await page.keyboard.press("ArrowRight");
    await bench(page).locator(".versions").waitFor();
    await page.keyboard.press("Escape");
    await until("left", async () => (await bench(page).count()) === 0);
  });

  test("an officer does not see it", async (t) => {
    const { page } = await at(t, { role: "officer" });
    await page.locator(".topbar").waitFor();
    await page.keyboard.press("6");
    assert.equal(await bench(page).count(), 0);
    assert.equal(await page.getByRole("button", { name: "Rules" }).count(), 0);
  });

  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const accuse = async (page, palette, what) => {
    await page.evaluate(axe);
    // The palettes differ in their colours alone.
    const runOnly = palette === "day" ? ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] : ["color-contrast"];
    const found = await page.evaluate((runOnly) => window.axe.run(document.querySelector(".workbench"), { runOnly }), runOnly);
    assert.deepEqual(
      found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`),
      [],
      what,
    );
  };
  for (const [palette, language, width, height] of [
    ["day", "en", 1280, 800],
    ["dusk", "fr", 1024, 768],
    ["night", "es", 1024, 768],
    ["night", "nl", 1920, 1080],
  ])
    test(`nothing is amiss for axe, and nothing is cut: ${palette}, ${language}, ${width}`, async (t) => {
      const { page } = await opened(t, { palette, language, viewport: { width, height } });
      await accuse(page, palette, "rules");
      await changeSpeed(page);
      await bench(page).locator(".limit > .link").first().click();
      await bench(page).locator(".curve").waitFor();
      await accuse(page, palette, "rule");
      await bench(page).locator("#tab-trial").click();
      await bench(page).locator(".zone-form > summary").click();
      await bench(page).locator("section .primary").click();
      await bench(page).locator(".tiles").waitFor();
      await accuse(page, palette, "trial");
      const isCut = () => document.querySelector(".workbench-body").scrollWidth > document.querySelector(".workbench-body").clientWidth + 1;
      assert.equal(await page.evaluate(isCut), false);
      await bench(page).locator("#tab-versions").click();
      await accuse(page, palette, "versions");
      assert.deepEqual(page.faults, []);
    });
});
