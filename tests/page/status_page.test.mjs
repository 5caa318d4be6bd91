// The status page in a real browser: what an operator sees while a program is learned, armed, broken into and
// ruled on; hostile names; a phone; the keyboard; no script.
//
// Any error on the console, any violation of the content policy and any dialog fails the test. Screenshots go to
// $SCREENSHOTS, if that is set: docs/images has those of docs/page.md.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Site, TOKEN, until } from "./site.mjs";

const require = createRequire(join(process.env.NODE_FOLDER, "package.json"));
const { chromium } = require("playwright-core");

const MARKUP = "<script>alert(1)</script>";

let site;
let browser;
let operator; // a page, logged in
const complaints = [];

async function newPage(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  await context.exposeBinding("complain", (_, text) => complaints.push(text));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      window.complain(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error}`));
  page.on("dialog", (dialog) => (complaints.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
  page.on("request", (request) => {
    if (!request.url().startsWith(site.first.address)) complaints.push(`request: ${request.url()}`);
  });
  page.setDefaultTimeout(20_000);
  return page;
}

async function logIn(page, name = "anna") {
  await page.goto(site.first.address + "/login");
  await page.fill("#name", name);
  await page.fill("#token", TOKEN);
  await page.click("main button");
  await page.waitForURL(site.first.address + "/");
}

async function picture(page, name, options = {}) {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), ...options });
}

async function fits(page) {
  const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= window, `${page.url()} is ${wide} wide in a window of ${window}`);
}

function noComplaints() {
  assert.deepEqual(complaints.splice(0), []);
}

before(async () => {
  site = await Site.start();
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
});

after(async () => {
  await browser?.close();
  await site?.stop();
});

test("nobody sees anything without the token, and a login needs no mouse", async () => {
  const page = (operator = await newPage());
  for (const path of ["/", "/alerts", "/profiles", "/containers/x"]) {
    await page.goto(site.first.address + path);
    assert.equal(new URL(page.url()).pathname, "/login");
  }
  await page.fill("#name", "anna");
  await page.fill("#token", "not the token at all");
  await page.click("main button");
  await page.getByText("This is not the token.").waitFor();
  // The browser itself notes the 403.
  assert.ok(complaints.splice(0).every((text) => text.includes("403")));

  await page.goto(site.first.address + "/login");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.type("anna");
  await page.keyboard.press("Tab");
  await page.keyboard.type(TOKEN);
  await page.keyboard.press("Enter");
  await page.waitForURL(site.first.address + "/");
  await page.getByRole("heading", { name: "No open alerts" }).waitFor();
  noComplaints();
});

test("learning, then armed, seen without loading the page again", async () => {
  const page = operator;
  await page.goto(site.first.address + "/profiles");
  await site.feed("learn");
  // An image that is new loads the page anew, once.
  await page.getByRole("heading", { name: /shop:1\.4/ }).waitFor();
  await page.locator(".profiles .state.learning").first().waitFor();
  await picture(page, "page-learning");
  await page.evaluate(() => (window.sameDocument = true));
  await until("armed", async () => {
    await site.feed("learn");
    return (await page.locator("h2 .state.armed").count()) === 2;
  }, 60);
  assert.equal(await page.evaluate(() => window.sameDocument), true);
  await page.getByRole("link", { name: "/usr/local/bin/python3.11" }).click();
  await page.getByText("most common sequences").waitFor();
  await picture(page, "page-profile");
  noComplaints();
});

test("a break-in is told at once, with the evidence of the mail", async () => {
  const page = operator;
  await page.goto(site.first.address + "/");
  await page.getByRole("heading", { name: "No open alerts" }).waitFor();
  await page.evaluate(() => (window.sameDocument = true));
  await site.feed("break-in");
  await site.feed("live");
  await page.getByRole("heading", { name: /open alerts? in 1 container/ }).waitFor();
  assert.equal(await page.evaluate(() => window.sameDocument), true);
  assert.match(await page.locator("#said").textContent(), /open alert/);
  await page.locator("#containers .above").first().waitFor();
  // Who looks, and how much of it is seen.
  await page.getByText(/Blind on host8: the collector is silent for/).waitFor();
  const hosts = page.locator("table.hosts");
  assert.match(await hosts.getByRole("row", { name: /host7/ }).textContent(), /running.*100%.*12\.0%.*0$/s);
  assert.match(await hosts.getByRole("row", { name: /host9/ }).textContent(), /lost 1,204 records.*93\.0%/s);
  await picture(page, "page-overview");

  await page.getByRole("link", { name: "web", exact: true }).first().click();
  await page.locator("#chart canvas").waitFor();
  await picture(page, "page-container");

  await page.goto(site.first.address + "/alerts");
  await page.getByRole("link", { name: /usual sequence/ }).first().click();
  await page.locator("tr.first-unseen").waitFor();
  assert.equal(await page.locator("tr.first-unseen").count(), 1);
  await page.getByText("instead of").waitFor();
  await picture(page, "page-alert", { fullPage: true });
  noComplaints();
});

test("silenced by an operator, and no longer", async () => {
  const page = operator;
  const alert = page.url();
  await page.fill("#silence-comment", "a <b>new</b> release");
  await page.selectOption("#silence-for", "1h");
  await page.getByRole("button", { name: /^Silence this program/ }).click();
  await page.waitForURL(alert);
  await page.getByText(/Such alerts are not mailed until/).waitFor();
  await page.getByText("a <b>new</b> release").waitFor();
  await picture(page, "page-silenced", { fullPage: true });
  await page.goto(site.first.address + "/alerts");
  await page.locator("#silences").getByText("container web, executable /usr/local/bin/python3.11").waitFor();

  // It is in force in the analyzer, too: what comes now is silenced, and nothing of the program is open beside.
  const open = await page.locator("#open tbody tr").count();
  await until("silenced alerts", async () => {
    await site.feed("break-in");
    return (await page.locator("#silenced .state.silenced").count()) > 0;
  }, 40);
  const others = page.locator("#open tbody tr", { hasText: /usual sequence/ });
  assert.ok((await others.count()) <= open);

  await page.goto(alert);
  await page.getByRole("button", { name: /^End silence/ }).click();
  await page.locator("#silence-for").waitFor();
  await page.goto(site.first.address + "/alerts");
  assert.equal(await page.locator("#silences table").count(), 0);
  await page.goto(alert);
  noComplaints();
});

test("accepted and rejected by an operator, with the keyboard", async () => {
  const page = operator;
  await page.locator("#comment").focus();
  await page.keyboard.type("the new <b>release</b>");
  // A second passes: what is typed and where stays through live updates.
  await page.waitForTimeout(1500);
  assert.equal(await page.evaluate(() => document.activeElement.id), "comment");
  assert.equal(await page.inputValue("#comment"), "the new <b>release</b>");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.locator("#verdict .state.accepted").waitFor();
  await page.locator("#verdict").getByText("accepted by anna").waitFor();
  await page.locator("#verdict").getByText("the new <b>release</b>").waitFor();
  assert.equal(await page.locator("form.judge").count(), 0);

  await page.goto(site.first.address + "/alerts");
  await page.getByRole("link", { name: /never seen in this image/ }).first().click();
  await page.getByRole("button", { name: /^Reject/ }).click();
  await page.locator("#verdict .state.rejected").waitFor();
  noComplaints();
});

test("hostile names are text", async () => {
  const page = operator;
  await site.feed("hostile");
  await page.goto(site.first.address + "/alerts");
  await page.getByRole("link", { name: /<script>/ }).first().waitFor();
  for (const path of ["/", "/alerts", "/profiles", "/containers/" + "c".repeat(64)]) {
    await page.goto(site.first.address + path);
    await page.getByText(MARKUP).first().waitFor();
    assert.equal(await page.locator("script:not([src^='/assets/'])").count(), 0);
    assert.equal(await page.locator("main img, main script").count(), 0);
    // A mark that turns text around would show one name for another.
    assert.doesNotMatch(await page.locator("body").innerHTML(), /[\u202e\u001b]/);
  }
  await page.goto(site.first.address + "/alerts");
  await page.getByRole("link", { name: /<script>/ }).first().click();
  await page.locator("#evidence").waitFor();
  await page.goto(site.first.address + "/profiles");
  await page.getByRole("link", { name: /<script>/ }).first().click();
  await page.getByText("most common sequences").waitFor();
  noComplaints();
});

test("on a phone, in the dark, everything fits", async () => {
  const page = await newPage({ viewport: { width: 390, height: 844 }, colorScheme: "dark", hasTouch: true });
  await logIn(page);
  await fits(page);
  await picture(page, "page-phone");
  for (const path of ["/alerts", "/profiles", "/containers/" + "a".repeat(64)]) {
    await page.goto(site.first.address + path);
    await fits(page);
  }
  await page.goto(site.first.address + "/alerts");
  await page.getByRole("link", { name: /usual sequence/ }).first().click();
  await page.locator("tr.first-unseen").waitFor();
  await fits(page);
  await picture(page, "page-phone-alert");
  await page.context().close();
  noComplaints();
});

test("readable without a script", async () => {
  const page = await newPage({ javaScriptEnabled: false });
  await logIn(page);
  await page.getByRole("heading", { name: /open alert/ }).waitFor();
  await page.getByRole("link", { name: "web", exact: true }).first().click();
  await page.locator("svg.tall").waitFor();
  await page.context().close();
  noComplaints();
});

test("another site can neither read nor change anything", async () => {
  const alert = await operator.goto(site.first.address + "/alerts").then(() =>
    operator.locator("#open a[href^='/alerts/']").first().getAttribute("href"));
  const [cookie] = await operator.context().cookies();
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, "Strict");
  const post = (headers, body) =>
    fetch(site.first.address + alert, {
      method: "POST", redirect: "manual", body: new URLSearchParams(body),
      headers: { cookie: `${cookie.name}=${cookie.value}`, origin: site.first.address, ...headers },
    }).then((reply) => reply.status);
  await operator.goto(site.first.address + alert);
  const token = await operator.locator("[name=form_token]").last().getAttribute("value");
  assert.equal(await post({}, { verb: "accept" }), 403);
  assert.equal(await post({}, { verb: "accept", form_token: token.replace(/.$/, "x") }), 403);
  assert.equal(await post({ origin: "http://evil.example" }, { verb: "accept", form_token: token }), 403);
  assert.equal(await post({ "sec-fetch-site": "cross-site" }, { verb: "accept", form_token: token }), 403);
  assert.equal(await post({ cookie: "" }, { verb: "accept", form_token: token }), 303); // to the login
  assert.equal(await post({}, { verb: "silence", for: "24h" }), 403);
  assert.equal(await post({ origin: "http://evil.example" }, { verb: "silence", for: "24h", form_token: token }), 403);
  assert.equal(await post({}, { verb: "silence", for: "100y", form_token: token }), 400);
  assert.equal(await post({}, { verb: "end-silence", silence: "s-1", form_token: token }), 409);
  await operator.reload();
  await operator.locator("#verdict .state.open").waitFor();
  assert.equal(await post({ cookie: "", authorization: `Bearer ${TOKEN}` }, { verb: "undo" }), 400);
  complaints.splice(0);
});

test("any analyzer shows what all of them know; without operators it changes nothing", async () => {
  const second = await site.startAnalyzer("session: 1h");
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(second.address + "/alerts");
  await page.locator("#decided .state.accepted").waitFor();
  await page.locator("#open a[href^='/alerts/']").first().click();
  await page.getByText("no operators are configured").waitFor();
  assert.equal(await page.locator("form").count(), 0);
  const reply = await fetch(page.url(), { method: "POST", body: new URLSearchParams({ verb: "accept" }) });
  assert.equal(reply.status, 403);
  await page.goto(second.address + "/");
  await page.getByText("2 analyzers").waitFor();
  await context.close();
});

test("while Redis is away the page says so and shows what it knew; with Redis all is back", async () => {
  const page = operator;
  await page.goto(site.first.address + "/alerts");
  const open = await page.locator("#open tbody tr").count();
  assert.ok(open > 0);
  await page.evaluate(() => (window.sameDocument = true));
  await site.stopRedis();
  await page.locator("#fresh", { hasText: "not of now, but of" }).waitFor();
  assert.equal(await page.locator("#open tbody tr").count(), open);
  assert.equal(await page.evaluate(() => window.sameDocument), true);
  site.startRedis();
  await until("the page is of now", async () =>
    !(await page.locator("#fresh").textContent()).includes("not of now"), 30);
  assert.equal(await page.locator("#open tbody tr").count(), open);
  assert.equal(await page.evaluate(() => window.sameDocument), true);
  await page.locator("#open a[href^='/alerts/']").first().click();
  await page.locator("button", { hasText: /accept/i }).first().waitFor();
  noComplaints();
});
