import { chromium } from "playwright-core";
const [,, url, ...steps] = process.argv;
export const ARGS = ["--headless=new","--no-sandbox","--disable-gpu","--disable-quic","--no-first-run","--disable-background-networking","--disable-component-update","--disable-sync"];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ARGS });
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: "en-GB" });
page.on("console", m => m.type()==="error" && console.log("CONSOLE", m.text()));
page.on("pageerror", e => console.log("PAGEERROR", e.message, e.stack?.split("\n").slice(0,4).join(" | ")));
await page.goto(url); await page.waitForTimeout(3500);
let n=0;
for (const s of steps) {
  const [what,...rest]=s.split("="); const arg=rest.join("=");
  if (what==="shot") await page.screenshot({path:arg});
  if (what==="key") await page.keyboard.press(arg);
  if (what==="type") await page.keyboard.type(arg);
  if (what==="click") await page.click(arg);
  if (what==="wait") await page.waitForTimeout(Number(arg));
  if (what==="eval") console.log(JSON.stringify(await page.evaluate(arg)));
  if (what==="size") { const [w,h]=arg.split("x").map(Number); await page.setViewportSize({width:w,height:h}); }
}
await browser.close();
