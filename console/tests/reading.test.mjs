// Pages over the fixture as they are read: rows, panels, words, contrast, many alerts.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { alerts } from "../bench/cases.mjs";
import { pause, until, within } from "./stage.mjs";
import { another, at, count, HEALTH, hearing, KEPT, keys, PLAYER, row, select, touch } from "./watched.mjs";

describe("accessibility", within(240_000), () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const faultsIn = async (page, palette) => {
    await page.evaluate(axe);
    // The palettes differ in their colours alone.
    const options = palette === "day" ? {} : { runOnly: ["color-contrast"] };
    return page.evaluate(
      (options) =>
        window.axe
          .run(options)
          .then(({ violations }) =>
            violations.flatMap(({ id, nodes }) => nodes.map(({ target, any }) => `${id}: ${target.join(" ")} ${any[0]?.message ?? ""}`)),
          ),
      options,
    );
  };
  for (const palette of ["day", "dusk", "night"]) {
    test(`every panel has names and contrast: ${palette}`, async (t) => {
      const { watch, page } = await at(t, { mode: "exercise", exercise: "Dawn" }, { kept: { ...KEPT, palette } });
      const faultsOf = (page) => faultsIn(page, palette);
      await watch.tell("health", HEALTH);
      await watch.tell("player", PLAYER);
      await watch.tell("real", alerts(watch.traffic)[3].alert);
      await select(page, "14 alerts");
      await page.keyboard.press("u");
      assert.deepEqual(await faultsOf(page), [], "details");
      for (const key of ["x", "s", "/", "w", "e", "l", "f", "?", "0", "b"]) {
        await page.keyboard.press(key);
        assert.deepEqual(await faultsOf(page), [], key);
        if (key === "?") assert.match(await page.locator(".drawer").innerText(), /Triangles are AIS[\s\S]*red box is an open alert/);
        for (let i = 0; i < 2 && (await page.locator("dialog, .drawer").count()) > 0; i++) await page.keyboard.press("Escape");
      }
      for (const name of ["Director", "Debrief"]) {
        await page.getByRole("button", { name }).click();
        assert.deepEqual(await faultsOf(page), [], name);
      }
      assert.deepEqual(page.faults, []);
    });
  }
});

describe("many alerts at once", within(120_000), () => {
  test("a group is one row; one alert is acknowledged alone, the rest at once", async (t) => {
    const { watch, page } = await at(t);
    const seen = () => [...watch.rows.values()].filter((r) => r.alert.properties.incident && r.acknowledged).map((r) => r.number);
    assert.equal(await count(page, "14 alerts"), 1);
    await select(page, "14 alerts");
    await page.keyboard.press("u");
    assert.equal(await page.locator(".members li").count(), 14);
    await page.keyboard.press("j");
    await page.keyboard.press("a");
    await until("one", () => seen().length === 1);
    await page.keyboard.press("u");
    await until("folded", async () => (await page.locator(".members").count()) === 0);
    await page.keyboard.press("x");
    assert.match(await page.locator("dialog h2").innerText(), /14 alerts/, "how many it is for");
    await page.keyboard.press("Escape");
    await until("not closed", async () => (await page.locator("dialog").count()) === 0);
    await page.keyboard.press("a");
    await until("all", () => seen().length === 14);
    await until("shown", async () => /seen by/.test(await row(page, "14 alerts").innerText()));
    await until("read out", async () => /Done: acknowledge (\d+, ){12}\d+$/.test(await page.locator('.spoken[role="status"]').innerText()));
    assert.deepEqual(page.faults, []);
  });

  test("alerts that another officer works on stay open; the rest is closed at once", async (t) => {
    const { watch, page } = await at(t, { role: "officer" });
    const closed = () => [...watch.rows.values()].filter((r) => r.closed).map((r) => r.number);
    await watch.claim(233, "Lt Joseph");
    await select(page, "14 alerts");
    await page.keyboard.press("x");
    assert.match(await page.locator("dialog h2").innerText(), /13 alerts/);
    await page.locator("dialog select").selectOption("lawful");
    await page.keyboard.press("Enter");
    await until("closed", () => closed().length === 13);
    assert.ok(!closed().includes(233));
    assert.match(await page.locator(".notice").innerText(), /Left to Lt Joseph.*: 233/);
    await select(page, 233);
    await page.keyboard.press("h");
    await page.getByLabel("To whom").fill("Lt Clarke");
    await page.keyboard.press("Enter");
    await until("refused, and told where one looks", async () =>
      /alert 233 is Lt Joseph's/.test(await page.locator("dialog .error").innerText()),
    );
    assert.equal(watch.rows.get("alert-233").assigned.to, "Lt Joseph");
    await page.keyboard.press("Escape");
    await until("let go", async () => (await page.locator("dialog").count()) === 0);
    assert.deepEqual(page.faults, []);
  });

  test("a supervisor hands over a whole group, whoever works on it", async (t) => {
    const { watch, page } = await at(t);
    await watch.claim(233, "Lt Joseph");
    await select(page, "14 alerts");
    await page.keyboard.press("h");
    assert.match(await page.locator("dialog h2").innerText(), /14 alerts/);
    await page.getByLabel("To whom").fill("Cdr Pierre");
    await page.keyboard.press("Enter");
    await until("his", () => [...watch.rows.values()].filter((r) => r.assigned?.to === "Cdr Pierre").length === 14);
    await until("shown", async () => /with Cdr Pierre/.test(await row(page, "14 alerts").innerText()));
    assert.deepEqual(page.faults, []);
  });

  test("an alert that arrives or is claimed while the question is open stays open", async (t) => {
    const { watch, page } = await at(t, { role: "officer" });
    await select(page, "14 alerts");
    await page.keyboard.press("x");
    await watch.alert(260, { pattern: "ais-gap", severity: "moderate", incident: "night", summary: "silent" });
    await until("15 now", async () => (await count(page, "15 alerts")) === 1);
    await page.locator("dialog select").press("Enter");
    assert.equal(await page.locator("dialog").count(), 1, "no outcome is chosen beforehand");
    await page.locator("dialog select").selectOption("lawful");
    await page.locator("dialog select").press("Enter");
    await until("closed", () => watch.rows.get("alert-243").closed);
    assert.equal(watch.rows.get("alert-260").closed, null);
    await until("gone", async () => (await page.locator("dialog").count()) === 0);
    await select(page, 260);
    await page.keyboard.press("x");
    await watch.claim(260, "Lt Joseph");
    await page.locator("dialog select").selectOption("lawful");
    await page.locator("dialog select").press("Enter");
    await until("refused", async () => /alert 260 is Lt Joseph's/.test(await page.locator("dialog .error").innerText()));
    assert.equal(watch.rows.get("alert-260").closed, null);
  });

  test("alerts that a filter hides are counted", async (t) => {
    const { page } = await at(t);
    await page.getByLabel("Severity at least").selectOption("extreme");
    assert.equal(await page.locator(".queue .row").count(), 1);
    assert.match(await page.locator(".unshown").innerText(), /18 not acknowledged/);
    await page.locator(".unshown").click();
    await until("all are shown", async () => (await count(page, "14 alerts")) === 1);
    assert.equal(await page.locator(".unshown").count(), 0);
  });

  test("a group sounds once, a worse alert again; muted, only a real distress sounds", async (t) => {
    const { watch, page } = await at(t);
    const tones = await hearing(page);
    for (let i = 0; i < 10; i++) await watch.alert(300 + i, { pattern: "zone", severity: "moderate", summary: "in" });
    await until("told", async () => (await count(page, "309")) > 0);
    assert.equal(await tones(), 1, "one tone of a moderate");
    await watch.alert(320, { pattern: "go-fast", severity: "severe", summary: "runs" });
    await until("a severe: two more", async () => (await tones()) === 3, 2_000);
    await page.keyboard.press("q");
    assert.match(await page.locator(".topbar").innerText(), /muted 15 min|muted 14 min/);
    await pause(1_600);
    await watch.alert(321, { pattern: "go-fast", severity: "severe", summary: "runs" });
    await watch.alert(322, { pattern: "distress", severity: "extreme", exercise: "dawn", summary: "drill" });
    await until("told", async () => (await count(page, "322")) > 0);
    assert.equal(await tones(), 3);
    await watch.alert(323, { pattern: "distress", severity: "extreme", summary: "help" });
    await until("four tones", async () => (await tones()) === 7, 2_000);
    assert.match(await page.locator('[aria-live="assertive"]').innerText(), /New alert 323, extreme, DISTRESS, .*, help/);
  });
});

describe("what an officer reads", within(240_000), () => {
  test("the panel tells where the craft is now before where the alert was", async (t) => {
    const { watch, page } = await at(t);
    await select(page, 214);
    const now = page.locator(".details .now");
    await until("now", async () => /Now · AA0\d\d/.test(await now.innerText()));
    const position = await now.locator("strong").nth(1).innerText();
    const above = await now.boundingBox();
    const event = page.locator(".details .facts", { hasText: "Position in the alert" });
    assert.match(await event.innerText(), /\d\d:\d\d:\d\dZ \(\d+ s old\)[\s\S]*bearing 120°, 12[.]3 miles from Vieux Fort/);
    assert.ok(above.y < (await event.boundingBox()).y);
    await until("it moves", async () => (await now.locator("strong").nth(1).innerText()) !== position, 10_000);
    // Where nothing more is heard, the picture's own time stands still: ages go on.
    watch.fixture.silence();
    await until("older", async () => /\(([3-9]|\d\d) s old\)/.test(await now.innerText()), 10_000);
    assert.deepEqual(page.faults, []);
  });

  for (const [width, height] of [
    [1024, 768],
    [1280, 800],
    [1920, 1080],
  ]) {
    test(`a row is whole at ${width}: behaviour, place, reason, age, and no MMSI`, async (t) => {
      const { page } = await at(t, {}, { viewport: { width, height } });
      const first = row(page, "215");
      const text = await first.innerText();
      assert.match(text, /shadowing · bearing 120°, 12[.]3 miles from Vieux Fort/);
      assert.match(
        text,
        /OLIVINE STAR and unidentified craft AA0?57 have kept company for 15 min, the small one within 0[.]4 nm astern[.]/,
      );
      assert.doesNotMatch(text, /MMSI|target 57/);
      const cut = await first.evaluate(
        (li) => [...li.querySelectorAll("span")].filter((s) => s.scrollHeight > s.clientHeight + 1 && s.clientHeight > 0).length,
      );
      assert.equal(cut, 0);
      await select(page, 215);
      await page.locator(".details").waitFor();
      const [map, details] = [await page.locator(".map-frame").boundingBox(), await page.locator(".details").boundingBox()];
      const covered = Math.max(0, Math.min(map.x + map.width, details.x + details.width) - Math.max(map.x, details.x));
      // On the smallest screen, too, the map keeps half of the width.
      if (width !== 1280) assert.ok(map.width - covered >= width / 2, `${map.width - covered} px of map`);
      assert.deepEqual(page.faults, []);
    });
  }

  test("at 200 % zoom and on a telephone the selected row stands beside or above its panel, and keys act", async (t) => {
    const { watch, page } = await at(t, {}, { viewport: { width: 640, height: 400 } });
    await touch(page);
    for (const [width, height] of [
      [640, 400],
      [960, 470],
      [1024, 768],
      [360, 560],
    ]) {
      await page.setViewportSize({ width, height });
      await page.keyboard.press("Escape");
      await page.keyboard.press("j");
      for (let i = 0; i < 4; i++) await page.keyboard.press("j");
      const selected = page.locator('.row[aria-current="true"]');
      const isSeen = () =>
        selected.evaluate((li) => {
          const { left, top } = li.getBoundingClientRect();
          return li.contains(document.elementFromPoint(left + 30, top + 15));
        });
      await until(`the row is in view at ${width}`, isSeen, 3_000);
      const shut = await page.locator(".details .shut").boundingBox();
      assert.ok(shut.x > 0 && shut.x + shut.width <= width && shut.y > 0 && shut.y + shut.height <= height, `${width}: the panel too`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    }
    const number = Number(/\d+/.exec(await page.locator(".details h2").innerText())[0]);
    await page.keyboard.press("a");
    await until("acknowledged", () => watch.rows.get(`alert-${number}`).acknowledged);
    assert.deepEqual(page.faults, []);
  });

  test("the list tells that it goes on, and shows all of it", async (t) => {
    const { watch, page } = await at(t);
    for (let i = 0; i < 230; i++) {
      const one = another(watch.traffic, 1_000 + i, { pattern: "zone", rule: "box", severity: "minor", summary: "in" });
      watch.rows.set(one.alert.id, one);
    }
    await watch.tell("alerts", [...watch.rows.values()]);
    await until("more", async () => (await page.locator(".rest").count()) === 1);
    assert.match(await page.locator(".rest").innerText(), /\d+ more rows, the longest waiting among them/);
    // Keys lead to rows that are not shown yet.
    await touch(page);
    await keys(page, ...Array.from({ length: 210 }, () => "j"));
    await until("selected, and in view", () =>
      page.locator('.queue .row[aria-current="true"]').evaluateAll(([li]) => {
        const box = li?.getBoundingClientRect();
        return box && box.top > 0 && box.bottom <= innerHeight;
      }),
    );
    await page.locator(".rest button").click();
    await until("all", async () => (await page.locator(".rest").count()) === 0);
    assert.ok((await page.locator(".queue > ol > .row").count()) > 230);
  });

  test("several alerts are acknowledged with a reason, and closed by rule", async (t) => {
    const { watch, page } = await at(t);
    for (let i = 0; i < 5; i++) await watch.alert(500 + i, { pattern: "zone", rule: "box", severity: "severe", summary: "in" });
    await until("there", async () => (await count(page, "504")) === 1);
    await touch(page);
    await page.keyboard.press("3");
    await page.getByLabel("Select alert 500").check();
    await page.getByLabel("Select alert 501").check();
    await page.keyboard.press("a");
    await page.getByLabel("Reason").fill("regatta");
    await page.keyboard.press("Enter");
    await until("acknowledged", () => ["alert-500", "alert-501"].every((id) => watch.rows.get(id).acknowledged));
    assert.equal(watch.rows.get("alert-502").acknowledged, null);
    assert.deepEqual(
      watch.asked.map(({ action }) => action),
      ["comment", "acknowledge"],
    );
    await page.getByLabel("Select alert 502").check();
    await page.getByRole("button", { name: "all of rule box" }).click();
    await page.keyboard.press("x");
    await page.locator("dialog select").selectOption("lawful");
    await page.getByLabel("Note").fill("all of the regatta");
    await page.keyboard.press("Enter");
    await until("closed", () => [500, 501, 502, 503, 504].every((n) => watch.rows.get(`alert-${n}`).closed));
    assert.equal(watch.rows.get("alert-214").closed, null);
    assert.deepEqual(page.faults, []);
  });

  test("silences are counted, listed, marked on row and track, and can be ended", async (t) => {
    const { watch, page } = await at(t);
    const { track, name } = watch.rows.get("alert-216").alert.properties.subjects[0];
    await watch.silence(track, name);
    await until("counted", async () => /silenced 1/.test(await page.locator(".topbar").innerText()));
    assert.match(await row(page, 216).innerText(), /SILENCED until \d\d:/);
    await touch(page);
    await page.keyboard.press("0");
    assert.match(await page.locator(".drawer").innerText(), new RegExp(`${name} until .* by Lt Joseph`));
    await page.getByRole("button", { name: `End it: ${name}` }).click();
    await until("asked", () => watch.asked.some((a) => a.action === "silence" && a.subject === track && a.minutes === 0));
    await watch.tell("silences", []);
    await until("none", async () => /No vessel is silenced/.test(await page.locator(".drawer").innerText()));
    assert.doesNotMatch(await row(page, 216).innerText(), /SILENCED/);
    assert.deepEqual(page.faults, []);
  });

  test("who loses a claim is told at once who has it", async (t) => {
    const { watch, page } = await at(t, {}, { delay: 60_000 });
    await select(page, 218);
    await page.keyboard.press("c");
    await until("asked", () => watch.asked.length === 1);
    await watch.claim(218, "PO Best");
    // What the request asks for would show only after a minute.
    await until("told", async () => /PO Best claimed first: 218/.test(await page.locator(".notice").innerText()));
    // The winner's claim may show before the loser's request is answered.
    watch.meanwhile = () => watch.claim(214, "PO Best");
    await select(page, 214);
    await page.keyboard.press("c");
    await until("told", async () => /PO Best claimed first: 214/.test(await page.locator(".notice").innerText()));
  });

  test("an exercise shows its own time with the date, and this machine's beside it", async (t) => {
    const { watch, page } = await at(t, { mode: "exercise", exercise: "Dawn" }, { viewport: { width: 1440, height: 900 } });
    const [clock, banner] = [page.locator(".clock"), page.locator(".exercise-mark")];
    const day = new Date(watch.traffic.now).toISOString().slice(0, 10);
    await until("its own", async () => (await clock.innerText()).startsWith(day));
    assert.match(await banner.innerText(), /actual time \d\d:\d\dZ/);
    await watch.tell("alerts", [...watch.rows.values()]);
    const agesAreOfItsTime = async () => assert.doesNotMatch(await page.locator(".queue").innerText(), /\d+ d\b/);
    await agesAreOfItsTime();
    // A replay whose player has not spoken yet: it may look ahead for a while.
    await watch.tell("session", { ...watch.session, mode: "replay" });
    await until("of the replay", async () => /REPLAY/.test(await page.locator(".exercise-mark").innerText()));
    assert.ok((await clock.innerText()).startsWith(day));
    await agesAreOfItsTime();
    // Without an alert the page says what it shows.
    await watch.tell("alerts", []);
    const empty = page.locator(".queue .empty");
    await until("told", async () => /nothing on the map is happening now[\s\S]*Triangles are vessels on AIS/.test(await empty.innerText()));
    // In the demonstration also when something happens.
    const due = watch.traffic.now + 1_800_000;
    await watch.tell("session", { ...watch.session, first_due: due });
    const told = new RegExp(`first alert is due at ${new Date(due).toISOString().slice(11, 16)}Z`);
    await until("the first alert is announced", async () => told.test(await empty.innerText()));
    const quiet = another(watch.traffic, 700, { attention: "quiet", summary: "usual" });
    await watch.tell("alerts", [quiet]);
    await until("the quiet alert is shown", async () => await row(page, "700").isVisible());
    assert.match(await empty.innerText(), /Quiet ones stand below/);
    await watch.tell("player", PLAYER);
    await until("its speed is told", async () => /10 times as fast as real time/.test(await banner.innerText()));
    await watch.tell("player", { ...PLAYER, playing: false });
    await until("it stands still", async () => /time stands still/.test(await banner.innerText()));
  });

  test("the address keeps view, layers, filter and selection over a reload", async (t) => {
    const { page } = await at(t);
    await select(page, 215);
    await page.getByLabel("Behaviour").selectOption("shadowing");
    await page.keyboard.press("v");
    await until("written", async () => /alert=alert-215/.test(page.url()) && /layers=coverage/.test(page.url()) && /map=/.test(page.url()));
    const before = page.url();
    await page.reload();
    await until("selected again", async () => /215/.test(await page.locator(".details h2").innerText()));
    assert.equal(await page.locator(".queue > ol > .row").count(), 1);
    assert.equal(new URL(page.url()).hash.includes("layers=coverage"), true);
    assert.match(before, /pattern=shadowing/);
    assert.deepEqual(page.faults, []);
  });

  test("zones that are reloaded under way are fetched at once", async (t) => {
    const { watch, page } = await at(t);
    await page.locator(".targets-canvas").waitFor();
    const asked = page.waitForRequest(/map\/zones/);
    await watch.tell("map", '"another"');
    await asked;
  });

  test("nothing of the page stays English in another language", async (t) => {
    const { page } = await at(t, {}, { locale: "fr" });
    await select(page, 217);
    const text = await page.locator(".details").evaluate((details) => {
      const copy = details.cloneNode(true);
      for (const english of copy.querySelectorAll('[lang="en"]')) english.remove();
      return copy.innerText;
    });
    assert.doesNotMatch(text, /restricted|territorial sea|derived|fishing|\d[.]\d+ (nm|kn)/);
    assert.match(text, /diffusion restreinte/);
    assert.match(text, /habituel ici\u00a0: /, "a space before a colon");
  });
});

/** Pixel of the window at which a place is on the map, from the view that the address tells. */
async function pixelOf(page, lon, lat) {
  await until("the view is told", () => /map=/.test(page.url()));
  const [zoom, south, west] = /map=([\d.]+)%2F([\d.-]+)%2F([\d.-]+)/.exec(page.url()).slice(1).map(Number);
  const y = (lat) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));
  const world = 256 * 2 ** zoom;
  const map = await page.locator(".map").boundingBox();
  return [map.x + map.width / 2 + ((lon - west) / 360) * world, map.y + map.height / 2 - ((y(lat) - y(south)) / (2 * Math.PI)) * world];
}

describe("the map", within(180_000), () => {
  /** The page at a view, once zones and figures are drawn. */
  const viewed = async (t, zoom, lat, lon, options) => {
    const { watch, page } = await at(t, {}, options);
    const zones = page.waitForResponse(/map\/zones/);
    await page.goto(`${watch.fixture.url}#map=${zoom}/${lat}/${lon}`);
    await page.reload();
    await zones;
    await page.locator(".targets-canvas").waitFor();
    return page;
  };
  const card = (page) => page.locator(".map-asked");
  const names = (page) => card(page).locator("li").allInnerTexts();
  /** Pixels of the target layer in the selection's black. */
  const outlined = (page) =>
    page.evaluate(() => {
      const canvas = document.querySelector(".targets-canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) count += data[i + 3] > 250 && data[i] === 17 && data[i + 1] === 17 && data[i + 2] === 17;
      return count;
    });

  for (const [what, zoom, [lat, lon], [atLat, atLon], told] of [
    [
      "the line between two States",
      7.5,
      [13.6, -60.6],
      [13.9, -60.02],
      [/exclusive economic zone, St\. Lucia/, /exclusive economic zone, Barbados/],
    ],
    ["the open territorial sea", 10.5, [13.75, -61], [13.9, -60.75], [/^territorial sea, St\. Lucia \(derived/]],
    ["a harbour", 13.2, [14.01, -61], [14.0205, -61.012], [/anchorage/, /Castries port/, /Airport/, /territorial sea/]],
  ]) {
    test(`a click tells the zones there, also where they overlap: ${what}`, async (t) => {
      const page = await viewed(t, zoom, lat, lon);
      await until("no details hide the map", async () => (await page.locator(".details").count()) === 0);
      const black = await outlined(page);
      await until("asked", async () => {
        await page.keyboard.press("Escape");
        await page.mouse.click(...(await pixelOf(page, atLon, atLat)));
        return (await card(page).count()) === 1;
      });
      const lines = await names(page);
      for (const name of told)
        assert.ok(
          lines.some((line) => name.test(line)),
          `${name} in ${lines}`,
        );
      await until("outlined", async () => (await outlined(page)) > black + 300);
      assert.equal(await card(page).locator('[aria-pressed="true"]').count(), 1);
      // Another one of them is outlined when it is chosen.
      if (lines.length > 1) {
        await card(page).locator("li button").last().click();
        assert.equal(await card(page).locator("li").last().locator('[aria-pressed="true"]').count(), 1);
      }
      const [shown, figures] = [await card(page).boundingBox(), await page.locator(".map-readout").boundingBox()];
      assert.ok(shown.y + shown.height < figures.y, "the card hides no scale");
      await page.keyboard.press("Escape");
      await until("put away", async () => (await card(page).count()) === 0);
      await until("outlined no more", async () => (await outlined(page)) < black + 300);
      assert.deepEqual(page.faults, []);
    });
  }

  test("a click that puts an alert away asks nothing, and an alert puts the zones away", async (t) => {
    const page = await viewed(t, 7.5, 13.6, -60.6);
    await select(page, 214);
    await page.locator(".details").waitFor();
    const place = await pixelOf(page, -58.9, 15.2);
    await page.mouse.click(...place);
    await until("put away", async () => (await page.locator(".details").count()) === 0);
    assert.equal(await card(page).count(), 0);
    await page.mouse.click(...(await pixelOf(page, -58.9, 15.2)));
    await until("asked", async () => (await card(page).count()) === 1);
    await select(page, 214);
    await until("put away", async () => (await card(page).count()) === 0);
  });

  test("the map goes to the last of two alerts that are selected at once", async (t) => {
    const { page } = await at(t);
    await touch(page);
    await until("the view is told", () => /map=/.test(page.url()));
    await keys(page, "j", "j");
    await until("selected", async () => /218/.test(await page.locator(".details h2").innerText()));
    const isThere = async () => {
      const [x, y] = await pixelOf(page, -60.9, 12.9);
      const map = await page.locator(".map").boundingBox();
      return x > map.x && y > map.y && x < map.x + map.width && y < map.y + map.height;
    };
    await pause(1_000);
    assert.ok(await isThere(), page.url());
    assert.ok(Number(/map=([\d.]+)/.exec(page.url())[1]) > 9, page.url());
  });

  test("the craft of the selected alert is named in a heap of others with alerts", async (t) => {
    const { watch, page } = await at(t);
    const all = [];
    for (let id = 0; watch.traffic.at(id); id++) all.push(watch.traffic.at(id));
    const vessels = all.filter(({ about }) => about.mmsi && about.name);
    const near = (one) => vessels.filter((other) => Math.hypot(other.lon - one.lon, other.lat - one.lat) < 0.1).length;
    const alone = vessels.filter((one) => vessels.filter(({ about }) => about.name === one.about.name).length === 1);
    const [craft] = alone.sort((a, b) => near(b) - near(a));
    assert.ok(near(craft) > 15, `${near(craft)} vessels around ${craft.about.name}`);
    for (const vessel of vessels) vessel.flags |= 128;
    const like = alerts(watch.traffic)[0].alert.properties.subjects[0];
    const subjects = [
      { ...like, track: craft.about.key, mmsi: craft.about.mmsi, name: craft.about.name, position: [craft.lon, craft.lat] },
    ];
    await watch.alert(900, { pattern: "zone", severity: "severe", summary: "in", subjects });
    await page.evaluate((name) => {
      window.named = false;
      const [put, fill] = [CanvasRenderingContext2D.prototype.putImageData, CanvasRenderingContext2D.prototype.fillText];
      CanvasRenderingContext2D.prototype.putImageData = function (...more) {
        window.named = false;
        return put.apply(this, more);
      };
      CanvasRenderingContext2D.prototype.fillText = function (text, ...more) {
        window.named ||= text === name;
        return fill.call(this, text, ...more);
      };
    }, craft.about.name);
    await select(page, 900);
    await pause(1_000);
    // Out again, until the heap is one.
    await page.locator(".map").focus();
    for (let i = 0; i < 4; i++) {
      await page.keyboard.press("-");
      await pause(500);
    }
    // All of them are heard anew, with an alert.
    await pause(12_000);
    assert.ok(await page.evaluate(() => window.named), `${craft.about.name} has no name`);
  });

  test("the panel of the map tells every kind of line", async (t) => {
    const { page } = await at(t);
    await touch(page);
    await page.keyboard.press("w");
    const lines = page.locator(".drawer .lines");
    assert.match(await lines.innerText(), /territorial sea[\s\S]*contiguous zone[\s\S]*exclusive economic zone[\s\S]*port[\s\S]*aerodrome/);
    assert.equal(await lines.locator("li svg line").count(), await lines.locator("li").count());
  });

  test("no figure of the grid lies on another or is cut off, wherever the map is", async (t) => {
    const { page } = await at(t);
    await page.evaluate(() => {
      const fill = CanvasRenderingContext2D.prototype.fillText;
      window.figures = new Map();
      // Each frame begins with the targets' pixels.
      const put = CanvasRenderingContext2D.prototype.putImageData;
      CanvasRenderingContext2D.prototype.putImageData = function (...all) {
        window.figures.clear();
        return put.apply(this, all);
      };
      CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...more) {
        if (/^\d+°/.test(text)) {
          const { a, d, e, f } = this.getTransform();
          const {
            actualBoundingBoxLeft: l,
            actualBoundingBoxRight: r,
            actualBoundingBoxAscent: up,
            actualBoundingBoxDescent: down,
          } = this.measureText(text);
          window.figures.set(text, [x * a + e - l * a, y * d + f - up * d, x * a + e + r * a, y * d + f + down * d]);
        }
        return fill.call(this, text, x, y, ...more);
      };
    });
    await page.locator(".map").focus();
    let seen = 0;
    for (let step = 0; step < 30; step++) {
      await page.keyboard.press(step % 2 ? "ArrowUp" : "ArrowRight");
      await pause(250);
      const all = await page.evaluate(() => [...window.figures]);
      seen += all.length;
      for (const [i, [text, a]] of all.entries()) {
        assert.ok(a[1] >= 0, `${text} is cut at the top`);
        for (const [other, b] of all.slice(i + 1)) {
          const isClear = a[0] >= b[2] || b[0] >= a[2] || a[1] >= b[3] || b[1] >= a[3];
          assert.ok(isClear, `${text} lies on ${other}`);
        }
      }
    }
    assert.ok(seen > 100, `${seen} figures`);
  });
});

test("the top bar is one line, in every language and with every warning, also on a small screen", within(120_000), async (t) => {
  for (const locale of ["en", "fr", "nl", "es"]) {
    const { watch, page } = await at(t, { mode: "exercise", exercise: "Dawn" }, { locale });
    const isOneLine = async (what) => {
      for (const width of [1440, 1366, 1280, 1201, 1024]) {
        await page.setViewportSize({ width, height: 768 });
        const { height } = await page.locator(".topbar").boundingBox();
        assert.ok(height < 40, `${locale} ${width}, ${what}: ${height}`);
      }
    };
    await watch.tell("health", HEALTH);
    await isOneLine("nothing silenced");
    await watch.silence("mmsi:1", "GOLDEN PROMENADE");
    await page.getByRole("button", { name: /1/ }).and(page.locator(".silenced")).waitFor();
    await isOneLine("a vessel silenced");
    await watch.away(true);
    await page.locator('.topbar .light[role="status"]').waitFor();
    await isOneLine("reconnecting");
    await page.context().close();
  }
});
