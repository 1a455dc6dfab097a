// Actions of officers and directors on a page over the fixture: keys, dialogs, refusals, a lost connection.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { onlyInChromium, pause, until, within } from "./stage.mjs";
import { another, at, hearing, keys, PLAYER, row, select, touch } from "./watched.mjs";

describe("actions", within(120_000), () => {
  test("an action shows as pending until the stream confirms it, also with Caps Lock", async (t) => {
    const { page } = await at(t, {}, { delay: 1_500 });
    const spoken = page.locator('.spoken[role="status"]');
    await touch(page);
    await page.keyboard.press("j");
    await until("read out", async () => /^217, extreme, DISTRESS, bearing 120°/.test(await spoken.innerText()));
    await select(page, 218);
    await page.keyboard.press("A");
    await until("being done", async () => /acknowledge …/.test(await row(page, 218).innerText()), 1_000);
    assert.doesNotMatch(await row(page, 218).innerText(), /seen by/);
    await until("done", async () => /seen by Lt Clarke/.test(await row(page, 218).innerText()), 4_000);
    assert.doesNotMatch(await row(page, 218).innerText(), /acknowledge …/);
    assert.equal(await spoken.innerText(), "Done: acknowledge 218");
    assert.equal(await page.locator(".details .actions", { hasText: "acknowledge" }).count(), 0, "once is enough");
    assert.deepEqual(page.faults, []);
  });

  test("an action that never shows is reported", async (t) => {
    const { page } = await at(t, {}, { delay: 60_000 });
    await select(page, 218);
    await page.keyboard.press("m");
    await until(
      "not confirmed",
      async () => /Not confirmed after 10 s: mute/.test(await page.locator(".notice.bad").innerText({ timeout: 15_000 })),
      15_000,
    );
  });

  test("a refusal gives the reason, an unreachable server what to do", async (t) => {
    const { watch, page } = await at(t);
    watch.refusal = [409, { error: "Lt Joseph has claimed alert 218: ask him, or a supervisor" }];
    await select(page, 218);
    await page.keyboard.press("c");
    await until("refused", async () => /Lt Joseph has claimed alert 218/.test(await page.locator(".notice.bad").innerText()));
    await watch.away(true);
    await page.keyboard.press("a");
    await until("away", async () => /The server does not answer: nothing was done/.test(await page.locator(".notice.bad").innerText()));
    await page.keyboard.press("/");
    await page.getByRole("searchbox").fill("olivine st");
    await until("found all the same", async () => /OLIVINE STAR/.test(await page.locator(".hits").innerText()));
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await until("shown", async () => /OLIVINE STAR/.test(await page.locator(".details h2").innerText()));
  });

  test("an alert's text is copied without the clipboard API", async (t) => {
    const { page } = await at(t);
    await page.evaluate(() => {
      Object.defineProperty(navigator, "clipboard", { value: undefined });
      document.addEventListener("copy", () => (window.copied = document.activeElement.value));
    });
    await select(page, 214);
    await page.keyboard.press("y");
    await until("copied", async () => /report is copied/.test(await page.locator(".notice").innerText()));
    const text = await page.evaluate(() => window.copied);
    assert.match(text, /^RESTRICTED\nALERT 214 SEVERE dark-target raised/);
    assert.match(text, /POSITION NOW AA0\d\d: \d\d°\d\d\.\d\d'N 0\d\d°\d\d\.\d\d'W at \d\d:\d\d:\d\dZ \(\d+ s old\)/);
    assert.match(text, /POSITION OF THE ALERT at \d\d:\d\d:\d\dZ: \d\d°/);
  });

  test("a viewer can copy and search, and no key acts", async (t) => {
    const { watch, page } = await at(t, { role: "viewer" });
    await select(page, 218);
    const words = await page.locator(".details .actions").innerText();
    assert.match(words, /copy[\s\S]*show/);
    assert.doesNotMatch(words, /acknowledge|close|claim/);
    await page.keyboard.press("a");
    await pause(600);
    assert.equal(watch.rows.get("alert-218").acknowledged, null);
    assert.equal(await page.locator(".ack").count(), 0);
    // On a wall there is a map and the open alerts, half as large again, and nothing to press; Escape leaves.
    const height = async () => (await row(page, "218").boundingBox()).height;
    const zoom = () => Number(/map=([\d.]+)/.exec(page.url())?.[1]);
    await until("a view", zoom);
    const [before, zoomBefore] = [await height(), zoom()];
    await page.getByRole("button", { name: "wall", exact: true }).click();
    await until("larger", async () => (await height()) > before * 1.2);
    assert.equal(await page.locator(".details").isVisible(), false);
    assert.equal(await page.locator(".topbar :is(button:not(.lights, .warning, .unlock), select, input):visible").count(), 0);
    await until("in the address, with the same area in view", () => /wall=1/.test(page.url()) && zoom() < zoomBefore - 0.4);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    await page.keyboard.press("Escape");
    await until("left", async () => (await height()) === before && Math.abs(zoom() - zoomBefore) < 0.02);
  });

  const touching = onlyInChromium("touches are sent over Chromium's own protocol");
  test("fingers move, zoom and select on the map, and acknowledge on a telephone", touching, async (t) => {
    const { watch, page } = await at(t, {}, { hasTouch: true, viewport: { width: 1024, height: 768 } });
    await page.locator(".map canvas").first().waitFor();
    await until("a view", () => /map=/.test(page.url()));
    // Beside her, by more than a mouse may be.
    await page.touchscreen.tap(450, 637);
    await page.locator(".details h2", { hasText: "SARGASSO ROSE" }).waitFor();
    await page.locator(".details .shut").tap();
    const zoom = () => Number(/map=([\d.]+)/.exec(page.url())?.[1]);
    const before = zoom();
    const finger = await page.context().newCDPSession(page);
    const touches = (type, ...points) =>
      finger.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
    await touches("touchStart", [300, 400], [340, 400]);
    for (let away = 40; away <= 200; away += 40) await touches("touchMove", [320 - away, 400], [320 + away, 400]);
    await touches("touchEnd");
    await until("zoomed in", () => zoom() > before + 0.5);
    // A tap tells position and zone, which a mouse tells by pointing, and selects what is there.
    await page.touchscreen.tap(330, 420);
    await until("told", async () => /\d°\d/.test(await page.locator(".map-readout").innerText()));
    await row(page, "217").locator(".row-main").tap();
    await page.locator(".details h2", { hasText: "217" }).waitFor();
    await page.locator(".details .shut").tap();
    await page.setViewportSize({ width: 390, height: 844 });
    if (await page.locator(".details .shut").isVisible()) await page.locator(".details .shut").tap();
    await row(page, "218").locator(".ack").tap();
    await until("acknowledged", () => watch.rows.get("alert-218").acknowledged?.by === "Lt Clarke");
  });
});

describe("fast input", within(120_000), () => {
  test("no key is lost before a dialog opens or after it closes", async (t) => {
    const { watch, page } = await at(t);
    await select(page, 218);
    await keys(page, "n", "Escape", "a");
    await until("acknowledged", () => watch.rows.get("alert-218").acknowledged);
    assert.equal(await page.locator("dialog").count(), 0);
    await page.keyboard.press("n");
    await keys(page, "Escape", "c");
    await until("claimed", () => watch.rows.get("alert-218").assigned);
    assert.equal(await page.locator("dialog").count(), 0);
    assert.deepEqual(page.faults, []);
  });

  test("Enter twice, or a key held down, acts once", async (t) => {
    const { watch, page } = await at(t);
    await select(page, 218);
    await page.keyboard.press("n");
    await page.locator("dialog textarea").fill("Patrol boat asked");
    await page.evaluate(() => {
      const form = document.querySelector("dialog form");
      form.requestSubmit();
      form.requestSubmit();
    });
    await until("said", async () => (await page.locator("dialog").count()) === 0);
    for (let i = 0; i < 5; i++) await page.keyboard.down("m");
    await page.keyboard.up("m");
    await pause(300);
    assert.deepEqual(
      watch.asked.map(({ action }) => action),
      ["comment", "mute"],
    );
    await page.keyboard.press("l");
    await page.getByLabel("Entry for the log").fill("All quiet");
    await page.evaluate(() => {
      const form = document.querySelector("form.line");
      form.requestSubmit();
      form.requestSubmit();
    });
    await pause(300);
    assert.equal(watch.asked.filter(({ action }) => action === "log").length, 1);
    assert.deepEqual(page.faults, []);
  });

  test("an officer without a name is asked for it before the question", async (t) => {
    const { page } = await at(t, {}, { kept: {} });
    await select(page, 218);
    await page.keyboard.press("x");
    await until("asked", async () => /say who you are/.test(await page.locator(".notice").innerText()));
    assert.equal(await page.locator("dialog").count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement.className), "officer");
  });

  test("a closed panel returns the focus; a tool starts without input", async (t) => {
    const { page } = await at(t);
    const help = page.getByRole("button", { name: "help" });
    await help.focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "dialog");
    await page.keyboard.press("Escape");
    await until("back", () => help.evaluate((button) => button === document.activeElement));
    await page.keyboard.press("r");
    await page.locator(".map").click({ position: { x: 300, y: 300 } });
    await page.keyboard.press("t");
    assert.match(await page.locator(".map-tool").innerText(), /Click two targets/);
    await page.keyboard.press("Escape");
    await keys(page, "e", "Escape");
    await until("the tool is put away first", async () => (await page.locator(".map-tool").count()) === 0);
    assert.equal(await page.locator(".drawer").count(), 1);
  });
});

describe("a connection", within(120_000), () => {
  test("a lost connection is shown within ten seconds; alerts of that time sound", async (t) => {
    const { watch, page } = await at(t);
    const tones = await hearing(page);
    watch.fixture.silence();
    await watch.away(true);
    await until("reconnecting", async () => /reconnecting/.test(await page.locator(".topbar").innerText()), 3_000);
    const meanwhile = another(watch.traffic, 400, { pattern: "go-fast", severity: "severe", summary: "came meanwhile" });
    watch.rows.set(meanwhile.alert.id, meanwhile);
    await until(
      "stale",
      async () =>
        /NOTHING HEARD: the connection to the server is lost[\s\S]*\d\d s/.test(
          await page.locator(".banner.stale").innerText({ timeout: 12_000 }),
        ),
      12_000,
    );
    await page.evaluate(() => {
      window.spoken = 0;
      new MutationObserver(() => window.spoken++).observe(document.querySelector('.banner [role="alert"]'), {
        childList: true,
        characterData: true,
        subtree: true,
      });
    });
    const seconds = await page.locator(".banner.stale").innerText();
    await until("seconds go on", async () => (await page.locator(".banner.stale").innerText()) !== seconds);
    assert.equal(await page.evaluate(() => window.spoken), 0, "the words are spoken once, not each second");
    assert.equal(await tones(), 0);
    await watch.away(false);
    await until("heard", async () => (await tones()) === 2, 2_000);
    assert.match(await page.locator('[aria-live="polite"]').innerText(), /New alert 400, .*, came meanwhile/);
    assert.deepEqual(page.faults, []);
  });

  test("an ended session asks for a log-in", async (t) => {
    const { watch, page } = await at(t, { login_required: true, user: { name: "clarke", role: "officer" }, role: "officer" });
    watch.refusal = [401, { error: "log in again" }];
    await select(page, 218);
    await page.keyboard.press("a");
    await page.locator(".login").waitFor();
    assert.deepEqual(page.faults, []);
  });
});

describe("a recording", within(60_000), () => {
  test("arrows seek, the timeline shows alerts by shape, and a viewer cannot seek", async (t) => {
    const { watch, page } = await at(t, { mode: "replay", exercise: "replay" });
    await watch.tell("player", PLAYER);
    assert.match(await page.locator(".exercise-mark").innerText(), /REPLAY/);
    await touch(page);
    await page.keyboard.press(" ");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await until("two minutes back, before the first was told", () => watch.played.length === 3);
    const seeks = [60_000, 120_000].map((ms) => ({ command: "seek", to: PLAYER.now - ms }));
    assert.deepEqual(watch.played, [{ command: "pause" }, ...seeks]);
    const marks = page.locator(".timeline .marks text");
    assert.equal(await marks.count(), 2);
    assert.equal(await marks.nth(1).textContent(), "▲");
    const [map, player] = [await page.locator(".map").boundingBox(), await page.locator(".player").boundingBox()];
    assert.ok(map.y + map.height <= player.y + 1, "the player covers nothing of the map");
    assert.match(await page.locator(".jump").nth(1).innerText(), /^▲\s*extreme\s*17 DISTRESS 00:15:00Z$/);
    // Of many alerts, those that would lie on one another are one shape with their number; its button opens them.
    const many = Array.from({ length: 300 }, (_, i) => ({ ...PLAYER.marks[i % 50 ? 0 : 1], id: `m${i}`, number: i + 1, time: 12_000 * i }));
    await watch.tell("player", { ...PLAYER, marks: many });
    await until("fewer shapes", async () => (await marks.count()) < 80);
    const boxes = await marks.evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map(({ left, right }) => [left, right]));
    assert.deepEqual(
      boxes.slice(1).filter(([left], i) => left < boxes[i][1] - 1),
      [],
      "shapes that overlap",
    );
    const counts = (await marks.allTextContents()).map((text) => Number(text.slice(1) || 1));
    assert.equal(
      counts.reduce((sum, n) => sum + n),
      300,
    );
    const cluster = page.locator(".jump").first();
    assert.match(await cluster.innerText(), /^▸\s*▲\s*extreme\s*\d+ alerts 00:00:00Z – 00:\d\d:\d\dZ$/);
    await cluster.focus();
    await page.keyboard.press("Enter");
    await until("its alerts, alone", async () => (await page.locator(".jump").count()) === counts[0] + 1);
    assert.equal(await page.locator(".jump:focus").getAttribute("aria-expanded"), "true");
    await page.locator(".jump").nth(2).click();
    await until("there", () => watch.played.length === 4);
    assert.deepEqual(watch.played[3], { command: "seek", to: 12_000 });
    await watch.tell("session", { ...watch.session, role: "officer" });
    await until("no way", async () => await page.locator(".player .play").isDisabled());
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press(" ");
    await pause(300);
    assert.equal(watch.played.length, 4);
    assert.deepEqual(page.faults, []);
  });
});
