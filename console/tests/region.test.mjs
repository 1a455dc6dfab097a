// A regional centre: no sensors of its own, and what two other centres share with it over a real broker, signed.

import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { freePort, open, pause, ROOT, Stage, until, within } from "./stage.mjs";

/** Where pictures of the screen are kept, if anywhere. */
const PICTURES = process.env.PICTURES;
const picture = async (page, name) => PICTURES && (await page.screenshot({ path: join(PICTURES, `${name}.png`) }));
const rows = (page) => page.locator(".queue .row");
const encoded = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** Another centre: signs what it sends to jrcc. */
class Centre {
  #key;
  #numbers = {};
  constructor(name, label, state, area) {
    Object.assign(this, { name, label, state, area });
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    this.#key = privateKey;
    this.x = publicKey.export({ format: "jwk" }).x;
  }

  /** Key file of the centre's node. */
  keyFile() {
    return JSON.stringify({ ...this.#key.export({ format: "jwk" }), kid: this.name });
  }

  table() {
    const owner = this.state.length === 3 ? "state" : "body";
    return `[[centre]]\nname = "${this.name}"\nlabel = "${this.label}"\n${owner} = "${this.state}"\n${this.area && `area = [${this.area}]\n`}key = "${this.x}"\n`;
  }

  send(broker, what, id, body) {
    const seq = (this.#numbers[what] ?? 0) + 1;
    this.#numbers[what] = seq;
    const letter = { to: "jrcc", from: this.name, what, id, seq, sent: new Date().toISOString(), exercise: null, marking: null, body };
    const signed = `${encoded({ alg: "EdDSA", kid: this.name, typ: "vigie.share/1" })}.${encoded(letter)}`;
    const signature = sign(null, Buffer.from(signed), this.#key).toString("base64url");
    return broker.publish(`vigie/share/jrcc/${this.name}/${what}/${id}`, `${signed}.${signature}`);
  }

  alert(broker, id, more) {
    const now = new Date().toISOString().replace(/\.\d+/, "");
    const subject = {
      track: "mmsi:314001000",
      mmsi: 314001000,
      name: "BLUE CALABASH",
      flag: "BRB",
      position: [-60.4, 13.4],
      position_time: now,
    };
    const properties = {
      schema: "vigie.alert/1",
      node: this.name,
      state: this.state,
      exercise: null,
      marking: "restricted",
      releasable_to: ["JRCC"],
      seq: 1,
      pattern: "loitering",
      rule: "loitering",
      phase: "raised",
      severity: "severe",
      certainty: "observed",
      onset: now,
      time: now,
      subjects: [subject],
      zones: [],
      summary: "BLUE CALABASH (MMSI 314001000) has stayed within 0.3 nm for 1 h 0 min.",
      evidence: { reports: 61, first: now, last: now, feeds: ["shore"], trail: [] },
      ...more,
    };
    const feature = { type: "Feature", id, geometry: { type: "Point", coordinates: [-60.4, 13.4] }, properties };
    return this.send(broker, "alerts", id, feature);
  }
}

const ZONE = { id: "lca-eez", kind: "eez", state: "LCA", name: "Saint Lucia EEZ", status: "derived" };

describe("a regional centre", within(240_000), () => {
  const stage = new Stage();
  const bb = new Centre("bb-ops", "Barbados", "BRB", '"brb-eez"');
  const lc = new Centre("lc-ops", "Saint Lucia", "LCA", '"lca-eez"');
  let broker, browser, url;
  before(async () => {
    broker = await stage.broker();
    browser = await stage.browser();
    const jrcc = new Centre("jrcc", "JRCC", "JRCC-BODY", "");
    chmodSync(stage.file("node.key", jrcc.keyFile()), 0o600);
    const rss = '[[community]]\nname = "rss"\nmembers = ["bb-ops", "lc-ops"]\n';
    stage.file("centres.toml", [bb, lc, jrcc].map((centre) => centre.table()).join("\n") + rss);
    const zones = JSON.stringify(join(ROOT, "config/zones/*.geojson"));
    const text = `[node]\nname = "jrcc"\nbody = "JRCC-BODY"\n[sharing]\ncentres = "centres.toml"\nkey_file = "node.key"\n[zones]\nfiles = [${zones}]
[broker]\nurl = "mqtt://127.0.0.1:${broker.port}"\n[state]\nfolder = "state"\n[http]\nlisten = "127.0.0.1:${await freePort()}"\n`;
    ({ url } = await stage.vigie("run", "-c", stage.file("vigie.toml", text)));
  });
  after(() => stage.end());

  test("one ship of two centres is one row, which says who raised it, who leads and who has seen it", async () => {
    const page = await open(browser, url);
    const a = "00000000-0000-5000-8000-00000000000a";
    await lc.alert(broker, a, { zones: [ZONE] });
    await bb.alert(broker, "00000000-0000-5000-8000-00000000000b", { pattern: "rendezvous", rule: "rendezvous" });
    await until("one row of two alerts", async () => (await rows(page).count()) === 1 && /2 alerts/.test(await rows(page).innerText()));
    const text = await rows(page).innerText();
    assert.match(text, /from Saint Lucia/);
    assert.match(text, /from Barbados/);
    assert.match(text, /lead: Saint Lucia/);
    await lc.send(broker, "actions", "1", { action: "acknowledge", alert: a, by: "Lt Joseph", time: new Date().toISOString() });
    await rows(page).locator(".row-main").click();
    const centres = page.locator(".centres");
    await until(
      "Saint Lucia has seen it",
      async () => /raised it/.test(await centres.innerText()) || /Lt Joseph/.test(await centres.innerText()),
    );
    await until("in the timeline", async () => /seen by Lt Joseph, Saint Lucia/.test(await page.locator(".timeline").innerText()));
    assert.match(await rows(page).getAttribute("class"), /unseen/, "another centre's acknowledgement is not ours");
    await picture(page, "region");
    await page.getByLabel("State", { exact: true }).selectOption("BRB");
    await until("the incident stays whole", async () => /2 alerts/.test(await rows(page).innerText()));
    await page.getByLabel("State", { exact: true }).selectOption("JRCC-BODY");
    await until("nothing that the regional centre raised", async () => (await rows(page).count()) === 0);
    await page.getByLabel("State", { exact: true }).selectOption("");
    await page.getByLabel("Lead", { exact: true }).selectOption("bb-ops");
    await until("nothing that Barbados leads", async () => (await rows(page).count()) === 0);
    await page.getByLabel("Lead", { exact: true }).selectOption("");
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  test("an offered lead is accepted here, and offered on", async () => {
    const page = await open(browser, url);
    const a = "00000000-0000-5000-8000-00000000000a";
    await page.getByLabel("Your name").fill("Lt Sealy");
    await rows(page).locator(".row-main").click();
    const offer = { action: "offer", alert: a, to: "jrcc", text: "our boat is out", by: "Lt Joseph", time: new Date().toISOString() };
    await lc.send(broker, "actions", "2", offer);
    await until("offered", async () => /Saint Lucia OFFERS THE LEAD/.test(await rows(page).innerText()));
    await picture(page, "offered");
    await page.locator("body").click({ position: { x: 300, y: 500 } });
    await rows(page).locator(".row-main").click();
    await page.keyboard.press("1");
    await until("accepted", async () => /lead: this centre/.test(await rows(page).innerText()));
    await page.keyboard.press("i");
    await page.locator("dialog select").selectOption("lc-ops");
    await page.getByRole("button", { name: "Confirm" }).click();
    await until("offered back", async () => /offered to Saint Lucia until/.test(await rows(page).innerText()));
    await lc.send(broker, "actions", "3", { action: "refuse", alert: a, text: "no boat", by: "Lt Joseph", time: new Date().toISOString() });
    await until("refused", async () => /Saint Lucia refused the lead/.test(await rows(page).innerText()));
    await pause(300);
    await picture(page, "refused");
    assert.match(await page.locator(".centres").innerText(), /no boat/);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
});
