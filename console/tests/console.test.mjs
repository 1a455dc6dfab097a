// The console as officers use it: a real broker, a real watch, a real browser.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { configuration, freePort, open, pause, ROOT, Stage, type, until, VIGIE, within } from "./stage.mjs";

/** Where pictures of the screen are kept, if anywhere. */
const PICTURES = process.env.PICTURES;
const picture = async (page, name) => PICTURES && (await page.screenshot({ path: join(PICTURES, `${name}.png`) }));
const rows = (page) => page.locator(".queue .row");

/** The night of an exercise, as its receivers heard it. */
function recorded(stage, exercise) {
  const [out, truth] = [join(stage.folder, "night.nmea"), join(stage.folder, "truth.json")];
  execFileSync(VIGIE, ["simulate", join(ROOT, "replay-data", exercise, "scenario.toml"), "--out", out, "--truth", truth], {
    stdio: "ignore",
  });
  return { out, truth };
}

/** Sends a recording as fast as the broker takes it, up to a time. */
async function send(broker, file, until = Infinity) {
  const lines = readFileSync(file, "latin1").split("\n");
  const end = lines.findIndex((line) => Number(/c:(\d+)/.exec(line)?.[1] ?? 0) > until);
  const wanted = lines.slice(0, end < 0 ? undefined : end);
  for (let at = 0; at < wanted.length; at += 5_000) {
    await broker.publish("feeds/bb/south-point/ais", `${wanted.slice(at, at + 5_000).join("\n")}\n`);
  }
}

describe("a watch", within(240_000), () => {
  const stage = new Stage();
  let broker, browser, url, vigie, config;
  before(async () => {
    broker = await stage.broker();
    browser = await stage.browser();
    config = configuration(stage, "mothership-barbados", broker, `listen = "127.0.0.1:${await freePort()}"`);
    ({ url, child: vigie } = await stage.vigie("run", "-c", config));
  });
  after(() => stage.end());

  test("an acknowledgement shows in another window, and survives a kill", async () => {
    const { out } = recorded(stage, "mothership-barbados");
    const [one, two] = [await open(browser, url), await open(browser, url)];
    // Up to ten minutes after the go-fast was raised.
    await send(broker, out, Date.parse("2026-04-18T03:08:00Z"));
    // Two alerts about the craft that comes, the meeting, and two about the craft that leaves the ship: one incident.
    const isWhole = async () => (await rows(one).count()) === 1 && /5 alerts/.test(await one.locator(".queue").innerText());
    await until("one incident of five alerts", isWhole, 60_000);
    assert.match(await rows(one).first().innerText(), /severe/);
    await until("every feed", async () => /feeds 4\/4[\s\S]*broker/.test(await one.locator(".lights").innerText()));
    await one.getByLabel("Your name").fill("Lt Clarke");
    await one.locator("body").click({ position: { x: 300, y: 400 } });
    await one.keyboard.press("j");
    await one.locator(".details .reason").waitFor();
    await pause(700);
    await picture(one, "alert");
    const number = await one.locator(".row[aria-current=true] .number").innerText();
    await one.keyboard.press("a");
    const seen = two.locator(".row", { hasText: "seen by Lt Clarke" });
    await until("the other window shows it", async () => (await seen.count()) === 1, 2_000);
    assert.equal(await seen.locator(".number").innerText(), number);

    vigie.kill("SIGKILL");
    await vigie.over;
    await until("both say that they are stale", async () => (await two.locator(".map-stale").count()) === 1, 15_000);
    await picture(two, "stale");
    ({ child: vigie } = await stage.vigie("run", "-c", config));
    await until("the picture is back by itself", async () => (await two.locator(".map-stale").count()) === 0, 20_000);
    await until("and so is what was done", async () => (await seen.count()) === 1, 5_000);
    assert.deepEqual([one.faults, two.faults], [[], []]);
    await one.context().close();
    await two.context().close();
  });

  test("claim, comment, close and reopen by key are in the log and the brief", async () => {
    const page = await open(browser, url);
    await until("alerts", async () => (await rows(page).count()) > 0);
    await page.getByLabel("Your name").fill("Lt Clarke");
    await page.locator("body").click({ position: { x: 300, y: 400 } });
    await page.keyboard.press("j");
    await page.keyboard.press("c");
    const row = page.locator(".row[aria-current=true]");
    await until("claimed", async () => /with Lt Clarke/.test(await row.innerText()));
    await page.keyboard.press("n");
    await page.locator("dialog textarea").fill("Patrol boat asked");
    await page.getByRole("button", { name: "Confirm" }).click();
    await until("said", async () => /Patrol boat asked/.test(await page.locator(".details").innerText()));
    await page.keyboard.press("x");
    await page.locator("dialog select").selectOption("confirmed");
    await page.locator("dialog select").press("Enter");
    await page.locator(".tabs button", { hasText: "Ended" }).click();
    await until("closed", async () => /confirmed/.test(await rows(page).first().innerText()));
    await page.keyboard.press("o");
    await page.locator(".tabs button", { hasText: "Open" }).click();
    await page.keyboard.press("l");
    await until("logged", async () => /reopened alert/.test(await page.locator(".log").innerText()));
    assert.match(await page.locator(".log").innerText(), /Lt Clarke closed alert \d+ as confirmed/);
    await page.getByRole("button", { name: "Relief brief" }).click();
    await until("brief", async () => /Patrol boat asked/.test(await page.locator(".brief").innerText()));
    await picture(page, "brief");
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  test("a reported contact is on every screen until it is removed", async () => {
    const [one, two] = [await open(browser, url), await open(browser, url)];
    await one.getByLabel("Your name").fill("Lt Clarke");
    await one.locator("body").click({ position: { x: 300, y: 400 } });
    await one.keyboard.press("e");
    await one.getByLabel("Name", { exact: true }).fill("white pirogue");
    await one.getByLabel("Position, or click").fill("13 10.5 N, 059 50.0 W");
    await one.getByRole("button", { name: "Put on the picture" }).click();
    await two.locator("body").click({ position: { x: 300, y: 400 } });
    await two.keyboard.press("e");
    await until("there", async () => /white pirogue/.test(await two.locator(".found").innerText()));
    await two.getByRole("button", { name: "Remove" }).click();
    await until("who?", async () => /say who you are/.test(await two.locator(".notice").innerText()));
    await two.getByLabel("Your name").fill("Lt Joseph");
    await two.getByRole("button", { name: "Remove" }).click();
    await until("gone", async () => !/white pirogue/.test(await one.locator(".found").innerText()));
    for (const page of [one, two]) await page.context().close();
  });

  test("a lost broker is shown within ten seconds", async () => {
    const page = await open(browser, url);
    await until("a picture", async () => (await page.locator(".map-stale").count()) === 0);
    broker.mosquitto.kill("SIGKILL");
    await until("stale", async () => (await page.locator(".map-stale").count()) === 1, 12_000);
    assert.match(await page.locator(".lights").innerText(), /broker away/);
    await page.context().close();
  });
});

describe("a recording", within(180_000), () => {
  const stage = new Stage();
  let browser, url;
  before(async () => {
    browser = await stage.browser();
    const { out, truth } = recorded(stage, "mothership-barbados");
    const config = join(ROOT, "replay-data/mothership-barbados/vigie.toml");
    ({ url } = await stage.vigie("replay", out, "-c", config, "--console", "0", "--truth", truth, "--speed", "60"));
  });
  after(() => stage.end());

  test("the player seeks to an alert, pauses, and shows the debrief", async () => {
    const page = await open(browser, url);
    assert.match(await page.locator(".exercise-mark").innerText(), /REPLAY/);
    await until("the timeline has its alerts", async () => (await page.locator(".jump").count()) >= 3, 60_000);
    await page.getByRole("button", { name: "Pause" }).click();
    const before = await page.locator(".player time").innerText();
    await page.locator(".jump", { hasText: "go-fast" }).last().click();
    await until("wound", async () => (await page.locator(".player time").innerText()) !== before);
    await until("its alert is there", async () => /go-fast/.test(await page.locator(".details h2").innerText()));
    const at = await page.locator(".player time").innerText();
    // The boat is off the south coast: the map goes there although the row came after the seek.
    const middle = () => /map=[\d.]+%2F([\d.-]+)%2F([\d.-]+)/.exec(page.url())?.slice(1).map(Number);
    await until("the map shows it", () => Math.abs((middle()?.[0] ?? 0) - 12.9) < 0.15 && Math.abs((middle()?.[1] ?? 0) + 59.5) < 0.15);
    const longest = await page.evaluate(async () => {
      const { tracks } = await (await fetch("/api/v1/tracks")).json();
      const trails = await Promise.all(tracks.map(async ([id]) => (await fetch(`/api/v1/tracks/${id}/trail`)).json()));
      return Math.max(...trails.map((trail) => trail.at(-1)?.[0] - trail[0]?.[0]));
    });
    assert.ok(longest > 10 * 60_000, `a trail of ${longest} ms after a seek`);
    await pause(2_500);
    assert.equal(await page.locator(".player time").innerText(), at, "it stands");
    await page.keyboard.press("Escape");
    await picture(page, "player");
    await page.locator(".jump").first().click();
    await until("back", async () => (await page.locator(".queue .row").count()) === 1);
    await page.locator(".jump", { hasText: "go-fast" }).last().click();
    await page.getByRole("button", { name: "Debrief" }).click();
    await until("debrief", async () => (await page.locator(".drawer tbody tr").count()) >= 2);
    assert.match(await page.locator(".drawer .facts").innerText(), /bb-exercise · replay · 2026-04-18 \d\d:\d\dZ/, "what a print is of");
    await picture(page, "debrief");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Director" }).click();
    await page.getByRole("checkbox", { name: "south-point-radar" }).click();
    await until("failed", async () => /FAILED/.test(await page.locator(".drawer").innerText()));
    await page.getByLabel("Topic of the feed").fill("no/such/topic");
    await page.locator(".drawer textarea").fill("no sentence");
    // The reason covers nothing: what is wrong is mended and sent at once.
    for (const reason of [/no feed takes the topic/, /reads no report/]) {
      await page.getByRole("button", { name: "Send now" }).click({ timeout: 5_000 });
      await until("refused", async () => reason.test(await page.locator(".drawer .error").innerText()));
      await page.locator(".drawer select").first().selectOption("south-point");
    }
    // A message of the other kind that a radar's feed reads, from its template.
    await page.locator(".drawer textarea").fill("");
    await page.locator(".drawer select").first().selectOption("south-point-radar");
    await page.getByLabel("Template").selectOption({ label: "TTM" });
    assert.match(await page.locator(".drawer textarea").inputValue(), /^\$RATTM,/);
    await page.getByRole("button", { name: "Send now" }).click();
    await until("sent", async () => /feeds\/bb\/south-point\/radar/.test(await page.locator(".notice").innerText()));
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  test("the rewind shows the last half hour while the present goes on", async () => {
    const page = await open(browser, url);
    await page.getByLabel("Speed").selectOption("300");
    await page.getByRole("button", { name: "Play" }).click();
    await pause(5_000);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.locator("body").click({ position: { x: 300, y: 400 } });
    await page.keyboard.press("b");
    await pause(500);
    for (let i = 0; i < 12; i++) await page.keyboard.press("ArrowLeft");
    assert.match(await page.locator(".map-rewound").innerText(), /REWOUND/);
    assert.match(await page.locator(".bar.rewind time").innerText(), /−2 min|−1\d\d s/);
    await picture(page, "rewound");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".map-rewound").count(), 0);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  test("four languages and three palettes", async () => {
    const page = await open(browser, url);
    for (const [code, word] of [
      ["fr", "Alertes"],
      ["nl", "Meldingen"],
      ["es", "Alertas"],
      ["en", "Alerts"],
    ]) {
      await page.getByRole("combobox").nth(1).selectOption(code);
      assert.match(await page.locator(".queue h2").innerText(), new RegExp(word));
      assert.equal(await page.evaluate(() => document.documentElement.lang), code);
    }
    for (const palette of ["night", "dusk", "day"]) {
      await page.getByLabel("palette").selectOption(palette);
      await pause(300);
      await picture(page, palette);
    }
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
});

describe("log-in", within(120_000), () => {
  const stage = new Stage();
  let browser, url;
  before(async () => {
    const broker = await stage.broker();
    browser = await stage.browser();
    const file = (name) => join(stage.folder, name);
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-keyout",
        file("key.pem"),
        "-out",
        file("cert.pem"),
      ],
      { stdio: "ignore" },
    );
    for (const [name, role] of [
      ["clarke", "officer"],
      ["floor", "viewer"],
    ]) {
      execFileSync(VIGIE, ["user", name, "--role", role, "--file", file("users.toml")], {
        input: `password of ${name}\n`,
        stdio: ["pipe", "ignore", "ignore"],
      });
    }
    const http = ["cert", "key", "users"].map(
      (key) => `${key}_file = ${JSON.stringify(file(key === "users" ? "users.toml" : `${key}.pem`))}`,
    );
    const config = configuration(stage, "mothership-barbados", broker, [`listen = "127.0.0.1:${await freePort()}"`, ...http].join("\n"));
    ({ url } = await stage.vigie("run", "-c", config));
  });
  after(() => stage.end());

  const enter = async (page, name, password) => {
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Log in" }).click();
  };

  test("a wrong password is refused, a right one opens a session, and log-out ends it", async () => {
    assert.match(url, /^https:/);
    const page = await open(browser, url);
    await enter(page, "clarke", "wrong password");
    await until("refused", async () => /name or password is wrong/.test(await page.locator(".login").innerText()));
    await picture(page, "login");
    await enter(page, "clarke", "password of clarke");
    await page.locator(".queue").waitFor();
    assert.match(await page.locator(".topbar").innerText(), /clarke \(officer\)/);
    await page.getByRole("button", { name: /log out/ }).click();
    await page.locator(".login").waitFor();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  test("a viewer cannot act", async () => {
    const page = await open(browser, url);
    await enter(page, "floor", "password of floor");
    await page.locator(".queue").waitFor();
    assert.equal(await page.locator(".topbar", { hasText: "contacts" }).count(), 0);
    const answer = await page.evaluate(async () => {
      const { token } = await (await fetch("/api/v1/session")).json();
      const post = (headers) =>
        fetch("/api/v1/actions", {
          method: "POST",
          headers: { "Content-Type": "application/json", ...headers },
          body: '{"action":"log","text":"x"}',
        });
      return [(await post({ "X-Vigie-Token": token })).status, (await post({})).status];
    });
    assert.deepEqual(answer, [403, 403]);
    await page.context().close();
  });

  test("without a session the server gives no data", async () => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    for (const path of ["api/v1/alerts", "api/v1/tracks", "api/v1/stream", "metrics", "api/v1/export/tracks.csv"]) {
      assert.equal((await context.request.get(url + path)).status(), 401, path);
    }
    const basic = { Authorization: `Basic ${Buffer.from("floor:password of floor").toString("base64")}` };
    assert.equal((await context.request.get(`${url}metrics`, { headers: basic })).status(), 200);
    await context.close();
  });
});

describe("many targets", within(120_000), () => {
  const stage = new Stage();
  after(() => stage.end());

  test("5,000 targets are drawn, and can be found", async () => {
    const broker = await stage.broker();
    const browser = await stage.browser();
    const config = stage.file(
      "vigie.toml",
      `[node]\nname = "crowd"\nstate = "BRB"\n[broker]\nurl = "mqtt://127.0.0.1:${broker.port}"\n[state]\nfolder = "${stage.folder}/state"\n[http]\nlisten = "127.0.0.1:0"\n[[feed]]\nname = "ais"\ntopic = "ais"\nformat = "aiscatcher"\nposition = [-59.5, 13.1]\n`,
    );
    const { url } = await stage.vigie("run", "-c", config);
    const now = Math.round(Date.now() / 1000);
    const reports = Array.from({ length: 5_000 }, (_, i) => ({
      class: "AIS",
      type: 1,
      mmsi: 200_000_000 + i,
      rxuxtime: now,
      lon: -60.4 + (i % 100) * 0.018,
      lat: 12.6 + Math.floor(i / 100) * 0.02,
      speed: 5 + (i % 20),
      course: (i * 7) % 360,
      heading: (i * 7) % 360,
      status: 0,
    }));
    for (let at = 0; at < reports.length; at += 500) await broker.publish("ais", JSON.stringify(reports.slice(at, at + 500)));
    const page = await open(browser, url);
    await page.locator(".targets-canvas").waitFor();
    const drawn = () =>
      page.evaluate(() => {
        const canvas = document.querySelector(".targets-canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let i = 3; i < data.length; i += 4) count += data[i] > 0 ? 1 : 0;
        return count;
      });
    await until("drawn", async () => (await drawn()) > 60_000, 30_000);
    await picture(page, "crowd");
    await page.keyboard.press("/");
    await page.getByRole("searchbox").fill("200004321");
    await until("found", async () => /200004321/.test(await page.locator(".found").innerText()));
    await page.keyboard.press("Enter");
    await until("shown", async () => /200004321/.test(await page.locator(".details").innerText()));
    assert.deepEqual(page.faults, []);
  });
});

describe("rules", within(240_000), () => {
  const stage = new Stage();
  after(() => stage.end());
  const RULES = `# The bay is closed.\n[[rule]]\nname = "bay"\npattern = "zone"\nseverity = "moderate"\ninside = ["restricted"]\n[rule.limits]\ndwell = "1 min" # agreed in March\n`;
  const ZONES = `{"type": "FeatureCollection", "features": [{"type": "Feature",
    "properties": {"id": "bay", "kind": "restricted", "state": "BRB", "name": "Bay"},
    "geometry": {"type": "Polygon", "coordinates": [[[-59.6, 13.0], [-59.4, 13.0], [-59.4, 13.2], [-59.6, 13.2], [-59.6, 13.0]]]}}]}`;

  test("an analyst changes a limit, tries it, puts it in force with a reason, finds it in the log, and takes it back", async () => {
    const [broker, browser] = [await stage.broker(), await stage.browser()];
    const [users, record] = [join(stage.folder, "users.toml"), join(stage.folder, "recorded")];
    mkdirSync(record);
    const typed = { input: "password of best\n", stdio: ["pipe", "ignore", "ignore"] };
    execFileSync(VIGIE, ["user", "best", "--role", "analyst", "--file", users], typed);
    const rules = stage.file("rules.toml", RULES);
    stage.file("zones.geojson", ZONES);
    const config = stage.file(
      "vigie.toml",
      `[node]\nname = "bench"\nstate = "BRB"\n[broker]\nurl = "mqtt://127.0.0.1:${broker.port}"\n[state]\nfolder = "${stage.folder}/state"\n[http]\nlisten = "127.0.0.1:0"\nusers_file = "${users}"\n[zones]\nfiles = ["zones.geojson"]\n[rules]\nfiles = ["rules.toml"]\n[[feed]]\nname = "ais"\ntopic = "ais"\nformat = "aiscatcher"\nown_times = "always"\n`,
    );
    const { url } = await stage.vigie("run", "-c", config, "--record", record);
    const page = await open(browser, url);
    await page.getByLabel("Name").fill("best");
    await page.getByLabel("Password").fill("password of best");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.locator(".queue").waitFor();
    const now = Math.round(Date.now() / 1000);
    for (const [ago, lon] of [
      [900, -59.605],
      [300, -59.59],
      [200, -59.58],
    ]) {
      const report = {
        class: "AIS",
        type: 1,
        mmsi: 314001000,
        rxuxtime: now - ago,
        lon,
        lat: 13.1,
        speed: 8,
        course: 90,
        heading: 90,
        status: 0,
      };
      await broker.publish("ais", JSON.stringify(report));
    }
    await until("the alert", async () => (await rows(page).count()) === 1);
    // What was received is in the recording once its chunk, a second long, is closed.
    const bytes = () => page.evaluate(async () => (await (await fetch("/api/v1/rules/recordings")).json())[0]?.bytes ?? 0);
    await pause(4_000);
    await until("recorded", async () => (await bytes()) > 0);

    await page.keyboard.press("6");
    const bench = page.locator(".workbench");
    await bench.getByRole("button", { name: "bay", exact: true }).click();
    const dwell = bench.locator(".limit", { hasText: "dwell" }).locator('input[type="number"]');
    assert.equal(await dwell.inputValue(), "1");
    await bench.getByRole("button", { name: "Alerts an hour at other values: dwell" }).click();
    const curve = bench.locator(".limit", { hasText: "dwell" }).locator(".curve svg");
    await curve.waitFor({ timeout: 60_000 });
    assert.match(await curve.getAttribute("aria-label"), /1 min: [1-9.]+ \(in force\)/);
    await type(dwell, "90");
    await bench.getByRole("button", { name: "Try it on recordings" }).click();
    await bench.getByRole("button", { name: "Run the trial" }).click();
    await bench.locator(".tiles").waitFor({ timeout: 60_000 });
    assert.match(await bench.locator(".tiles").innerText(), /\+ 0[\s\S]*− 1[\s\S]*~ 0[\s\S]*= 0/);
    assert.match(await bench.locator(".differences .vanish").innerText(), /314001000/);
    await picture(page, "trial");
    assert.equal(readFileSync(rules, "utf8"), RULES, "a trial changes nothing");
    // A recording of this computer: the watch's own under another name.
    const buffer = readFileSync(join(record, readdirSync(record)[0]));
    const file = { name: "of another day.mcap", mimeType: "application/octet-stream", buffer };
    await bench.getByLabel("Add recordings from this computer").setInputFiles(file);
    await until("there", async () => /Chosen recordings: 1/.test(await bench.innerText()));
    // It may be over before anything of its progress is drawn.
    const isOver = async (answer) => /rules\/trials\/[^/]+$/.test(answer.url()) && (await answer.json()).stage === "done";
    const over = page.waitForResponse(isOver);
    await bench.getByRole("button", { name: "Run the trial" }).click();
    const { differences } = await (await over).json();
    assert.equal(differences.vanish, 1);
    await until("drawn", async () => (await bench.locator(".differences .vanish").count()) === 1);

    await bench.getByLabel("Why, for the log").fill("Pilots wait in the bay");
    await bench.locator(".force button[type=submit]").click();
    await bench.locator(".versions li", { hasText: "Pilots wait in the bay" }).waitFor();
    assert.match(await bench.locator(".versions li").first().innerText(), /best[\s\S]*dwell/);
    assert.match(readFileSync(rules, "utf8"), /^# The bay is closed\.[\s\S]*dwell = "90 min" +# agreed in March/);
    await picture(page, "versions");
    await bench.getByLabel("Why the last change is taken back").fill("Pilots have another place");
    await bench.getByRole("button", { name: "Take back the last change" }).click();
    await bench.locator(".versions li", { hasText: "Pilots have another place" }).waitFor();
    assert.equal(readFileSync(rules, "utf8"), RULES);
    assert.match(await bench.innerText(), /no earlier version to go back to/);

    // The vessel has been silent since before somebody asked: the recording says what the rules found.
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.getByRole("searchbox").fill("314001000");
    await until("found", async () => /314001000/.test(await page.locator(".found").innerText()));
    await page.keyboard.press("Enter");
    await page.locator(".why > summary").click();
    await until("explained", async () => /from the recordings of the watch[\s\S]*bay\s+alert/.test(await page.locator(".why").innerText()));
    await rows(page).first().locator(".row-main").click();
    assert.match(await page.locator(".raised-by").innerText(), /Rule: bay · Version [0-9a-f]{12}/);
    await page.locator(".truth summary").click();
    await page.getByLabel("Was it as the alert says?").selectOption("true");
    await page.locator(".truth").getByLabel("Why").fill("Seen from the pier");
    await page.getByRole("button", { name: "Keep as truth" }).click();
    const labels = join(stage.folder, "state", "labels.jsonl");
    await until("kept", () => existsSync(labels) && /"verdict":"true".*Seen from the pier/.test(readFileSync(labels, "utf8")));
    assert.deepEqual(page.faults, []);
  });
});
