// What the test of the status page runs against: a Redis, an analyzer or two, and a feeder in place of
// collectors, all of them processes of the test's own that end with it.
//
//   const site = await Site.start();
//   await site.feed("learn");
//   await site.stop();
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

export const TOKEN = "5f2d1c0b9a8e7d6c5b4a3f2e1d0c9b8a";
const SHARDS = 4;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/// Tries until it answers, at most for `seconds`.
export async function until(what, attempt, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await attempt();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(100);
  }
}

export class Site {
  static async start() {
    const site = new Site();
    site.folder = mkdtempSync(join(tmpdir(), "da-page-"));
    site.processes = [];
    site.socket = join(site.folder, "redis.sock");
    // The users that are shipped, so that the page has no more rights than an analyzer; but the default one is the
    // feeder's.
    const users = readFileSync(new URL("../../deploy/redis/users.acl", import.meta.url), "utf8")
      .replace(/^user default .*/m, "user default on nopass ~* &* +@all")
      .replace("ANALYZER-PASSWORD", "analyzes");
    writeFileSync(join(site.folder, "users.acl"), users);
    site.startRedis();
    const feeder = await until("a feeder", async () => site.startFeeder(), 20);
    site.feeder = feeder;
    site.first = await site.startAnalyzer();
    return site;
  }

  run(program, words) {
    const child = spawn(program, words, { stdio: ["pipe", "pipe", "pipe"] });
    child.said = "";
    child.stderr.on("data", (data) => (child.said += data));
    child.on("error", (error) => (child.said += error));
    this.processes.push(child);
    return child;
  }

  startRedis() {
    this.redis = this.run("redis-server", [
      "--port", "0", "--unixsocket", this.socket, "--dir", this.folder, "--aclfile", join(this.folder, "users.acl"),
      "--save", "", "--appendonly", "yes", "--appendfsync", "always",
    ]);
  }

  async stopRedis() {
    this.redis.kill("SIGTERM");
    await once(this.redis, "exit");
  }

  async startFeeder() {
    const child = this.run(process.env.PAGE_FEEDER, [`unix://${this.socket}`, String(SHARDS)]);
    child.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stdin.on("error", () => {});
    child.stdin.write("live\n");
    const answer = await child.lines.next();
    return answer.done ? null : child;
  }

  async feed(command) {
    this.feeder.stdin.write(command + "\n");
    const answer = await this.feeder.lines.next();
    if (answer.value !== `done ${command}`) throw new Error(`${command}: ${answer.value} ${this.feeder.said}`);
  }

  /// `page`: lines of that section.
  async startAnalyzer(page = null) {
    const port = await freePort();
    const number = this.processes.length;
    const token = join(this.folder, "token");
    writeFileSync(token, TOKEN + "\n", { mode: 0o600 });
    const config = join(this.folder, `analyzer-${number}.yaml`);
    writeFileSync(config, [
      `redis: {url: "unix://${this.socket}", username: analyzer, password: analyzes}`,
      `shards: ${SHARDS}`,
      "learning: {min_time: 60s, min_calls: 600, min_episodes: 2, episode_calls: 100, recent_calls: 300, unseen_mass: 0.05,",
      "  shadow_time: 30s, shadow_calls: 200, shadow_unseen: 0.1, image_quiet: 20s, from_predecessor: false}",
      "checkpoint: {interval: 200ms}",
      `page: {listen: "127.0.0.1:${port}", ${page ?? `token_file: ${token}`}}`,
      "",
    ].join("\n"));
    const child = this.run(process.env.ANALYZER, ["--config", config]);
    const address = `http://127.0.0.1:${port}`;
    await until(`the page of an analyzer: ${child.said}`, async () => {
      if (child.exitCode !== null) throw new Error(`the analyzer ended: ${child.said}`);
      return fetch(address + "/assets/page.css").then(() => true, () => false);
    });
    return { child, address };
  }

  async stop() {
    for (const child of this.processes.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
      child.kill("SIGTERM");
      const ended = await Promise.race([once(child, "exit"), sleep(15_000)]);
      if (!ended) child.kill("SIGKILL");
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
