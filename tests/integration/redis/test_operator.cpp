// What operators order, through Redis: it is carried out once and holds for all analyzers; and the commands,
// as people and programs use them.
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <utility>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "analyzer/store/profile_codec.h"
#include "tests/integration/redis/workers.h"
#include "tests/support/temporary_directory.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;
using redis::args;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The analyzer's command line, with a configuration for the bench's Redis.
class CommandLine {
 public:
  explicit CommandLine(const Bench& bench, const std::string& more = "") : config_(config(bench, more)) {}

  struct Answer {
    int status = -1;
    std::string text;  ///< stdout and stderr
  };
  [[nodiscard]] Answer operator()(const std::string& words) const { return run(this->words(words)); }
  [[nodiscard]] std::string words(const std::string& words) const {
    return "timeout 60 " DA_ANALYZER " " + words + " --config " + config_;
  }
  [[nodiscard]] static Answer run(const std::string& command) {
    Answer answer;
    std::FILE* pipe = ::popen(("{ " + command + "; } 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    char buffer[4096];
    while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, pipe))
      answer.text.append(buffer, size);
    answer.status = WEXITSTATUS(::pclose(pipe));
    return answer;
  }
  [[nodiscard]] nlohmann::json json(const std::string& words) const {
    const Answer answer = (*this)(words + " --json");
    CAPTURE(words, answer.text);
    REQUIRE(answer.status == 0);
    return nlohmann::json::parse(answer.text);
  }
  [[nodiscard]] const TemporaryDirectory& directory() const noexcept { return directory_; }

 private:
  std::string config(const Bench& bench, const std::string& more) const {
    return directory_.write("analyzer.yaml",
                            "shards: 8\nredis: {url: \"" + bench.servers[0]->address() + "\"}\n" + more);
  }

  TemporaryDirectory directory_;
  std::string config_;
};

}  // namespace

SCENARIO("an image that is away for long is forgotten in every shard, and nothing of it stays in redis") {
  Bench bench;
  NEED_REDIS(bench);
  DetectorOptions options = quick_detector();
  options.life.forget_after = std::chrono::hours(8);
  TwoAnalyzers analyzers(bench, options);
  const auto change_image = [&](const std::string& image) {
    for (std::size_t i = 0; i < analyzers.processes.size(); ++i) {
      World& world = analyzers.processes[i]->world;
      world.exit(analyzers.tasks[i]);
      world.image_id = image;
      analyzers.tasks[i] = world.start("/bin/app");
    }
    analyzers.send({});
  };
  const auto in_redis = [&](const std::string& part) {
    std::size_t found = 0;
    for (std::uint16_t i = 0; i < kShards; ++i) {
      for (const std::string hash : {"parts", "known", "parts:changed", "known:changed"}) {
        const bool is_hash = !hash.ends_with("changed");
        const auto key = shard_key(ShardId{i}, hash);
        const auto names =
            bench.call(ShardId{i}, is_hash ? args("HKEYS", key) : args("ZRANGE", key, "0", "-1"));
        for (const auto& name : names.elements)
          found += contains(name.text, part) ? 1 : 0;
      }
    }
    return found;
  };
  const auto pass = [&](int hours) {
    for (int i = 0; i < hours; ++i) {
      for (const auto& process : analyzers.processes)
        process->world.now += 3'600 * kSecond;
      analyzers.send({});
      // For real hours hold many commits, and the curator sees each.
      bench.settled_known();
    }
  };
  change_image("sha256:2");
  pass(6);
  CHECK(in_redis("sha256:1") > kShards);
  pass(3);
  run_for(bench.io, 1s);
  pass(1);  // an hour after they are emptied the parts leave
  CHECK(run_until(
      bench.io, [&] { return in_redis("sha256:1") == 0; }, 5s));
  CHECK(in_redis("sha256:2") > kShards);

  // Each analyzer remembers of the former life what it likes: all learn one new.
  change_image("sha256:1");
  for (int steps = 0; steps < 200 && !analyzers.armed(); ++steps)
    analyzers.send({});
  CHECK(analyzers.armed());
  for (const auto& worker : analyzers.workers)
    CHECK(worker->problems().empty());
  const auto known = bench.settled_known();
  const auto image = decode_image(known.at("image:sha256:1"));
  REQUIRE(image);
  CHECK(image->armed);
  CHECK(image->programs.size() == 1);
  for (const auto& worker : analyzers.workers)
    worker->stop();
}

SCENARIO(
    "what an operator accepts or rejects holds for all analyzers at once, and for those that come later") {
  Bench bench;
  NEED_REDIS(bench);
  TwoAnalyzers analyzers(bench);
  const std::vector<int> accepted{257, 0, 41, 1, 3};
  const std::vector<int> rejected{257, 0, 42, 1, 3};
  analyzers.send(accepted);
  CHECK(analyzers.alerts() == kShards);
  leave(bench, about(OrderVerb::accept, analyzers.workers[0]->alerts().at(0), "o-1"));
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(run_until(
      bench.io,
      [&] { return decided(*analyzers.workers[0]) != nullptr && decided(*analyzers.workers[1]) != nullptr; },
      5s));
  CHECK(std::chrono::steady_clock::now() - began < 1s);
  run_for(bench.io, 200ms);
  CHECK(orders_left(bench) == 0);
  analyzers.send(accepted);
  CHECK(analyzers.alerts() == kShards);
  analyzers.send(rejected);
  CHECK(analyzers.alerts() == 2 * kShards);
  leave(bench, about(OrderVerb::reject, analyzers.workers[1]->alerts().back(), "o-2"));
  REQUIRE(run_until(
      bench.io, [&] { return orders_left(bench) == 0; }, 5s));

  // All are replaced.
  for (const auto& worker : analyzers.workers)
    worker->stop();
  analyzers.workers.clear();
  analyzers.add();
  analyzers.send(accepted);
  CHECK(analyzers.alerts() == 0);
  analyzers.send(rejected);
  CHECK(analyzers.alerts() == kShards);
  REQUIRE(decided(*analyzers.workers[0]) != nullptr);
  CHECK(decided(*analyzers.workers[0])->orders.size() == 2);
  analyzers.workers[0]->stop();
}

SCENARIO(
    "an object that an operator accepts or rejects is so for all analyzers, and is shown with the profile") {
  Bench bench;
  NEED_REDIS(bench);
  DetectorOptions options = quick_detector();
  options.life.habits.min_time = std::chrono::seconds(30);
  options.life.habits.recent = std::chrono::seconds(10);
  // Before it may settle: a program that opened nothing has the habit of opening nothing.
  TwoAnalyzers analyzers(bench, options, [](World& world) {
    const Task first = world.start("/bin/app");
    world.open(first, "/var/www/html/page");
    world.exit(first);
  });
  const auto open = [&](const std::string& path) {
    for (std::size_t i = 0; i < analyzers.processes.size(); ++i)
      analyzers.processes[i]->world.open(analyzers.tasks[i], path);
    analyzers.send({});
  };
  const auto settled = [&] {
    return std::all_of(analyzers.workers.begin(), analyzers.workers.end(), [](const auto& worker) {
      const auto& programs = worker->detectors().known().image("sha256:1")->programs();
      const auto& habits = programs.at({"/bin/app", Arch::x86_64}).habits;
      return habits && habits->habits().settled(Habit::reads);
    });
  };
  for (int steps = 0; steps < 100 && !settled(); ++steps)
    open("/var/www/html/page");
  REQUIRE(settled());
  run_for(bench.io, 200ms);
  CHECK(analyzers.alerts() == 0);
  open("/etc/shadow");
  REQUIRE(analyzers.alerts() == kShards);
  const Alert alert = analyzers.workers[0]->alerts().at(0);
  CHECK(alert.kind == AlertKind::new_directory_read);
  CHECK(alert.object == "/etc/shadow");
  open("/etc/gshadow");
  REQUIRE(analyzers.alerts() == 2 * kShards);
  const Alert other = analyzers.workers[1]->alerts().back();

  leave(bench, about(OrderVerb::accept, alert, "o-1"));
  leave(bench, about(OrderVerb::reject, other, "o-2"));
  REQUIRE(run_until(
      bench.io,
      [&] {
        return std::all_of(analyzers.workers.begin(), analyzers.workers.end(), [](const auto& worker) {
          const Decisions* decisions = decided(*worker);
          return decisions != nullptr && decisions->orders.size() == 2;
        });
      },
      5s));
  run_for(bench.io, 300ms);
  for (const auto& process : analyzers.processes)
    process->world.now += 7'200 * kSecond;  // what was told is told again by then
  open("/etc/shadow");
  CHECK(analyzers.alerts() == 2 * kShards);
  open("/etc/gshadow");
  CHECK(analyzers.alerts() == 3 * kShards);

  const CommandLine cli(bench);
  run_for(bench.io, 200ms);
  const auto shown = cli.json("alert show " + alert.id);
  CHECK(shown["docker_anomalies.alert.kind"] == "new_directory_read");
  CHECK(shown["docker_anomalies.habit.found"] == "opens /etc/shadow, never seen");
  CHECK(shown["docker_anomalies.habit.usual"] == "/var/www/html");
  CHECK(contains(cli("alert show " + alert.id).text, "/bin/app opens /etc/shadow, never seen while it was"));
  const auto profile = cli.json("profile show bin/app");
  CHECK(profile["habits"][0]["settled"] == true);
  CHECK(profile["accepted_habits"][0]["object"] == "/etc/shadow");
  CHECK(profile["rejected_habits"][0]["object"] == "/etc/gshadow");
  CHECK(contains(cli("profile show bin/app").text, "directories read     settled: judged\n"));
  CHECK(contains(cli("profile show bin/app").text, "1 habit accepted; 1 habit rejected"));
  for (const auto& worker : analyzers.workers)
    worker->stop();
}

SCENARIO("an order is carried out once, though analyzers are killed at any moment, and redis restarts") {
  Bench bench;
  NEED_REDIS(bench);
  {
    TwoAnalyzers analyzers(bench);
    for (const auto& worker : analyzers.workers)
      worker->stop();
  }
  Order relearn;
  relearn.verb = OrderVerb::relearn;
  relearn.about.image = "sha256:1";
  relearn.about.executable = "/bin/app";
  constexpr int kRounds = 12;
  for (int round = 1; round <= kRounds; ++round) {
    CAPTURE(round);
    relearn.id = "o-" + std::to_string(round);
    leave(bench, relearn);
    {
      const MortalWorker first(bench.nodes);
      // From before its first look until after its commit, and in between.
      if (round > 1)
        run_until(
            bench.io, [&] { return orders_left(bench) == 0; }, 2s);
      run_for(bench.io, std::chrono::milliseconds(round % 3));
      if (round % 4 == 0) bench.restart(0);
    }
    {
      const MortalWorker second(bench.nodes);
      run_for(bench.io,
              std::chrono::milliseconds(620 + 15 * round));  // the leases of the first lapse meanwhile
    }
    const MortalWorker third(bench.nodes);
    REQUIRE(run_until(
        bench.io, [&] { return orders_left(bench) == 0; }, 10s));
  }
  const auto known = bench.known_of(home_shard("sha256:1", kShards));
  const auto decisions = decode_decisions(known.at("decisions:sha256:1"));
  REQUIRE(decisions);
  CHECK(decisions->find({"/bin/app", Arch::x86_64})->generation == kRounds);
  CHECK(decisions->orders.size() == kRounds);
}

SCENARIO("orders that make no sense are dropped, and do no harm") {
  Bench bench;
  NEED_REDIS(bench);
  TwoAnalyzers analyzers(bench);
  const auto before = bench.settled_known();
  Order order;
  order.verb = OrderVerb::relearn;
  order.about.image = "sha256:1";
  order.id = "o-1";
  const std::string row = encode_order(order);
  const ShardId home = home_shard("sha256:1", kShards);
  const ShardId other{static_cast<std::uint16_t>((to_raw(home) + 1) % kShards)};
  bench.call(other, args("HSET", shard_key(other, "orders"), "o-1", row));  // not its home
  bench.call(home, args("HSET", shard_key(home, "orders"), "o-2", row));    // another id
  bench.call(
      home, args("HSET", shard_key(home, "orders"), "o-3", "\xff{", "o-4", "", "\n", "x", "o-5.bundle", "b"));
  order.about.image = "never seen";
  const ShardId nowhere = home_shard(order.about.image, kShards);
  bench.call(nowhere, args("HSET", shard_key(nowhere, "orders"), "o-1", encode_order(order)));
  CHECK(run_until(
      bench.io, [&] { return orders_left(bench) == 0; }, 10s));
  CHECK(bench.settled_known() == before);
  for (const auto& worker : analyzers.workers)
    worker->stop();
}

SCENARIO("analyzer alert: from the list to a verdict") {
  Bench bench;
  NEED_REDIS(bench);
  const CommandLine cli(bench);
  CHECK(cli("alert list").text == "no alerts\n");
  CHECK(cli("alert show exe-1").status == 1);
  CHECK(contains(cli("alert show exe-1").text, "no alert exe-1"));
  CHECK(cli("alert").status == 2);
  CHECK(cli("alert show").status == 2);
  CHECK(cli("alert list --state odd").status == 2);
  CHECK(CommandLine::run(DA_ANALYZER " alert list").status == 2);
  CHECK(CommandLine::run(DA_ANALYZER " alert list --config /nonexistent").status == 78);

  TwoAnalyzers analyzers(bench);
  analyzers.send({257, 0, 41, 1, 3});
  run_for(bench.io, 200ms);
  const auto list = cli.json("alert list");
  REQUIRE(list.size() == kShards);
  const std::string id = list[0]["docker_anomalies.alert.id"];
  CHECK(list[0]["docker_anomalies.alert.kind"] == "new_call");
  CHECK(list[0]["docker_anomalies.verdict"]["state"] == "open");
  CHECK(contains(cli("alert show " + id).text, "app made the system call socket"));
  CHECK(cli.json("alert show " + id)["docker_anomalies.behaviour"]["reject_pins"].dump() ==
        R"([["socket"]])");

  THEN("nobody to carry it out is an error, and the order stays") {
    for (const auto& worker : analyzers.workers)
      worker->stop();
    const auto answer = cli("alert accept " + id);
    CHECK(answer.status == 1);
    CHECK(contains(answer.text, "it stays in redis until one does"));
    CHECK(orders_left(bench) == 1);
  }
  THEN("a verdict is carried out by whoever runs, and shown with its author and comment") {
    for (const auto& worker : analyzers.workers)
      worker->stop();
    const MortalWorker worker(bench.nodes);
    const auto answer = cli("alert accept " + id + " --comment 'release 1.5 opens sockets'");
    CHECK(answer.text == "accept " + id + ": done\n");
    CHECK(answer.status == 0);
    CHECK(cli.json("alert list --state accepted")[0]["docker_anomalies.verdict"]["comment"] ==
          "release 1.5 opens sockets");
    CHECK(cli.json("alert list --state open").size() == kShards - 1);
    const auto rejected = cli.json("alert reject " + id);
    CHECK(rejected["verb"] == "reject");
    CHECK(contains(cli("alert show " + id).text, "rejected by"));
    CHECK(cli("alert accept call-0").status == 1);
  }
}

SCENARIO("analyzer profile list and show: what was learned, in words and for programs") {
  Bench bench;
  NEED_REDIS(bench);
  const CommandLine cli(bench);
  CHECK(cli("profile list").text == "nothing is learned yet\n");
  CHECK(cli("profile list --json").text == "[]\n");
  CHECK(cli("profile show x").status == 1);
  TwoAnalyzers analyzers(bench);

  const auto list = cli.json("profile list");
  REQUIRE(list.size() == 1);
  CHECK(list[0]["state"] == "armed");
  CHECK(list[0]["image"] == "shop:1.4");
  REQUIRE(list[0]["profiles"].size() == 1);
  CHECK(list[0]["profiles"][0]["id"] == "profile:sha256:1:x86_64:/bin/app");
  CHECK(list[0]["profiles"][0]["state"] == "armed");
  CHECK(contains(cli("profile list").text, "shop:1.4  image:sha256:1\n    armed: 1 program"));

  for (const std::string name : {"profile:sha256:1:x86_64:/bin/app", "shop:1.4:/bin/app", "bin/app"}) {
    CAPTURE(name);
    const auto shown = cli.json("profile show " + name);
    CHECK(shown["executable"] == "/bin/app");
    CHECK(shown["learned"]["lost"] == 0);
    CHECK(shown["calls"].size() == 9);  // and the exec
    CHECK(shown["sequences"].size() == 9);
    CHECK(shown["sequences"][0]["calls"].size() == 6);
  }
  const std::string text = cli("profile show shop:1.4:/bin/app").text;
  CHECK(contains(text, "  state       armed: alerts above"));
  CHECK(contains(text, "no records lost"));
  CHECK(contains(text, "9 system calls:\n"));
  CHECK(contains(text, "most common sequences:\n"));
  CHECK(contains(cli("profile show shop:1.4").text, "programs:\n  /bin/app (x86_64)\n"));
  CHECK(contains(cli("profile show sha256").text, "2 models fit sha256"));
  // A reader that goes away is no failure of ours to tell of.
  CHECK(CommandLine::run("( " + cli.words("profile show shop:1.4:/bin/app") + " ) | head -1").text ==
        "profile:sha256:1:x86_64:/bin/app\n");

  // What cannot be read is counted, and the rest is shown.
  bench.call(ShardId{0}, args("HSET", "{s0}:known", "image:x", "\xff"));
  CHECK(contains(cli("profile list").text, "analyzer: 1 images cannot be read"));
  CHECK(cli("profile list").status == 0);
  for (const auto& worker : analyzers.workers)
    worker->stop();
}

SCENARIO("analyzer profile freeze, relearn, delete: orders about models") {
  Bench bench;
  NEED_REDIS(bench);
  const CommandLine cli(bench);
  {
    TwoAnalyzers analyzers(bench);
    for (const auto& worker : analyzers.workers)
      worker->stop();
  }
  const MortalWorker worker(bench.nodes);
  const std::string app = "profile:sha256:1:x86_64:/bin/app";
  const auto profile = [&] { return cli.json("profile show " + app); };
  const auto soon = [&](auto condition) { return run_until(bench.io, condition, 5s); };

  CHECK(cli("profile freeze shop:1.4:/bin/app --comment 'until monday'").text ==
        "freeze " + app + ": done\n");
  CHECK(profile()["frozen"] == true);
  CHECK(profile()["state"] == "armed");
  CHECK(std::string(profile()["reason"]).starts_with("frozen by an operator; armed"));
  CHECK(contains(cli("profile show " + app).text, "until monday"));
  CHECK(cli("profile freeze --undo " + app).text == "thaw " + app + ": done\n");
  CHECK(profile()["frozen"] == false);

  CHECK(cli("profile relearn bin/app").status == 1);  // only by its whole name
  CHECK(cli("profile relearn").status == 2);
  CHECK(cli("profile relearn " + app).status == 0);
  CHECK(soon([&] { return profile()["state"] == "learning"; }));
  CHECK(profile()["learned"]["calls"] == 0);
  CHECK(contains(profile()["reason"], "begun anew by an operator 1 time"));

  CHECK(cli.json("profile delete " + app)["verb"] == "delete");
  CHECK(soon([&] { return cli("profile show " + app).status == 1; }));
  CHECK(cli("profile delete " + app).status == 1);
  CHECK(cli("profile delete image:sha256:1").status == 0);
  CHECK(soon([&] { return cli.json("profile list")[0]["state"] == "learning"; }));
  CHECK(cli.json("profile list")[0]["programs"] == 0);
  CHECK(cli.json("profile show shop:1.4")["orders"].size() == 5);
  run_for(bench.io, 300ms);
  // Nothing of it is left in any shard.
  for (std::uint16_t i = 0; i < kShards; ++i) {
    for (const auto& part : bench.call(ShardId{i}, args("HKEYS", shard_key(ShardId{i}, "parts"))).elements)
      CHECK_FALSE(contains(part.text, "/profile:"));
  }
}

SCENARIO("analyzer profile export, diff and import: models go from site to site in one file") {
  Bench here;
  NEED_REDIS(here);
  const CommandLine cli(here);
  const std::string file = cli.directory().path("shop.bundle");
  {
    TwoAnalyzers analyzers(here);
    for (const auto& worker : analyzers.workers)
      worker->stop();
  }
  CHECK(contains(cli("profile export shop:1.4 -o " + file).text, "3 models of image shop:1.4"));
  CHECK(contains(cli("profile export bin/app -o " + file).text, "a bundle is of a whole image"));
  CHECK(cli("profile export shop:1.4 -o /nonexistent/file").status == 1);
  CHECK(cli("profile export shop:1.4").status == 2);
  CHECK(CommandLine::run(cli.words("profile export shop:1.4 -o -") + " | head -c 25").text ==
        "docker-anomalies bundle 1");
  CHECK(cli("profile diff shop:1.4 " + file).text == "no difference\n");

  Bench there;
  NEED_REDIS(there);
  const CommandLine other(there);
  const MortalWorker worker(there.nodes);
  CHECK(other("profile import " + file + " --comment 'from the test site'").text ==
        "import image:sha256:1: done\nnot signed\n");
  CHECK(run_until(
      there.io, [&] { return other("profile show shop:1.4").status == 0; }, 5s));
  const auto list = other.json("profile list");
  REQUIRE(list.size() == 1);
  CHECK(list[0]["state"] == "armed");
  CHECK(list[0]["profiles"][0]["state"] == "armed");
  CHECK(other("profile diff shop:1.4 " + file).text == "no difference\n");
  CHECK(other("profile relearn image:sha256:1").status == 0);
  CHECK(run_until(
      there.io,
      [&] { return contains(other("profile diff " + file + " shop:1.4").text, "- program /bin/app"); }, 5s));
  CHECK(other.json("profile diff " + file + " shop:1.4")["programs"]["left"][0] == "/bin/app");

  THEN("what is no bundle is refused before anybody is asked") {
    const std::string damaged = cli.directory().write("damaged", "docker-anomalies bundle 1 sha256:00\nx");
    CHECK(contains(other("profile import " + damaged).text, "its checksum is wrong"));
    CHECK(other("profile import /nonexistent").status == 1);
    CHECK(other("profile diff shop:1.4 " + damaged).status == 1);
    CHECK(orders_left(there) == 0);
  }
}

SCENARIO(
    "analyzer profile export --sign, import --verify: whose bundle it is, is checked before anybody is "
    "asked") {
  Bench bench;
  NEED_REDIS(bench);
  const CommandLine cli(bench);
  const auto path = [&](const std::string& name) { return cli.directory().path(name); };
  const auto make_key = [&](const std::string& name, const std::string& algorithm) {
    return CommandLine::run("openssl genpkey -algorithm " + algorithm + " -out " + path(name + ".key") +
                            " && openssl pkey -in " + path(name + ".key") + " -pubout -out " +
                            path(name + ".pem"))
        .status;
  };
  if (make_key("site", "ed25519") != 0) {
    std::cout << "SKIPPED: no openssl\n";
    return;
  }
  REQUIRE(make_key("other", "ed25519") == 0);
  REQUIRE(make_key("x25519", "x25519") == 0);
  {
    TwoAnalyzers analyzers(bench);
    for (const auto& worker : analyzers.workers)
      worker->stop();
  }
  const std::string fingerprint = CommandLine::run("openssl pkey -pubin -in " + path("site.pem") +
                                                   " -outform DER | sha256sum | head -c 64")
                                      .text;
  const std::string bundle = path("signed.bundle");
  const std::string plain = path("plain.bundle");
  CHECK(cli("profile export shop:1.4 -o " + plain).status == 0);
  CHECK(cli.json("profile export shop:1.4 -o " + plain)["signed_by"] == nullptr);
  CHECK(contains(cli("profile export shop:1.4 -o " + bundle + " --sign " + path("site.key")).text,
                 "signed by key " + fingerprint));
  CHECK(cli.json("profile export shop:1.4 -o " + bundle + " --sign " + path("site.key"))["signed_by"] ==
        fingerprint);
  CHECK(cli("profile export shop:1.4 -o " + path("no") + " --sign " + path("x25519.key")).status == 1);
  CHECK(cli("profile export shop:1.4 -o " + path("no") + " --sign ''").status == 2);
  CHECK_FALSE(std::filesystem::exists(path("no")));
  CHECK(cli("profile diff " + plain + ' ' + bundle).text == "no difference\n");
  // As anybody can check by hand.
  CHECK(CommandLine::run("cd " + cli.directory().path() +
                         " && head -n 1 signed.bundle | tr -d '\\n' > statement && sed -n 's/^signature 1 "
                         "ed25519 key:[0-9a-f]* //p' signed.bundle | head -n 1 | python3 -c 'import sys; "
                         "sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' > signature && "
                         "openssl pkeyutl -verify -pubin -inkey site.pem -rawin -in statement -sigfile "
                         "signature")
            .status == 0);

  const auto refused = [&](const CommandLine& command, const std::string& words, const std::string& why) {
    const auto answer = command("profile import " + words);
    CAPTURE(words, answer.text);
    CHECK(answer.status == 1);
    CHECK(contains(answer.text, why));
    CHECK(contains(answer.text, "nothing was imported"));
    CHECK(orders_left(bench) == 0);
  };
  refused(cli, plain + " --verify " + path("site.pem"), "the bundle is not signed");
  refused(cli, bundle + " --verify " + path("other.pem"),
          "signed by another key, " + fingerprint + "; asked for is ");
  // Another's signature under the wanted key's name.
  CHECK(cli("profile export shop:1.4 -o " + path("forged") + " --sign " + path("other.key")).status == 0);
  CHECK(CommandLine::run("sed -i '2s/key:[0-9a-f]*/key:" + fingerprint + "/' " + path("forged")).status == 0);
  refused(cli, path("forged") + " --verify " + path("site.pem"), "it was changed afterwards, or forged");
  CHECK(cli("profile import " + bundle + " --verify /nonexistent").status == 1);
  CHECK(cli("profile import " + bundle + " --verify ''").status == 2);
  CHECK(cli("profile import " + bundle + " --unverified --verify " + path("site.pem")).status == 2);

  const CommandLine strict(bench,
                           "import: {trusted_keys: [" + path("other.pem") + ", " + path("site.pem") + "]}\n");
  refused(strict, plain, "the bundle is not signed");
  refused(strict, path("forged"), "it was changed afterwards, or forged");
  const CommandLine stranger(bench, "import: {trusted_keys: [" + path("other.pem") + "]}\n");
  refused(stranger, bundle, "signed by another key");
  for (const std::string& list :
       std::vector<std::string>{"[]", "[/nonexistent]", "[" + path("site.key") + "]", "5"}) {
    CAPTURE(list);
    const auto answer = CommandLine(bench, "import: {trusted_keys: " + list + "}\n")("profile list");
    CHECK(answer.status == 78);
    CHECK(contains(answer.text, "import.trusted_keys"));
  }

  const MortalWorker worker(bench.nodes);
  const std::string done = "import image:sha256:1: done\n";
  const std::string verified = done + "signed by key " + fingerprint + ", verified\n";
  CHECK(cli("profile import " + bundle).text ==
        done + "says that it is signed by key " + fingerprint + "; that was not checked\n");
  CHECK(cli("profile import " + bundle + " --verify " + path("site.pem")).text == verified);
  CHECK(strict("profile import " + bundle).text == verified);
  CHECK(strict("profile import " + plain + " --unverified").text == done + "not signed\n");
  CHECK(stranger("profile import " + bundle + " --verify " + path("site.pem")).text == verified);
  const auto json = strict.json("profile import " + bundle);
  CHECK(json["signature"]["key"] == fingerprint);
  CHECK(json["signature"]["verified"] == true);
  CHECK(cli.json("profile import " + plain)["signature"]["key"] == nullptr);
}

SCENARIO("analyzer profile unlearn: what one container alone taught, by the beginning of its id") {
  Bench bench;
  NEED_REDIS(bench);
  const CommandLine cli(bench);
  const std::string spoilt(64, 'e');
  const std::string quiet_spoilt(64, 'a');
  {
    TwoAnalyzers analyzers(bench, quick_detector(), [&](World& world) {
      const std::string good = std::exchange(world.container, spoilt);
      const Task task = world.start("/bin/app");
      world.rounds(task, 1);
      world.calls(task, {257, 0, 41, 42, 1, 3});
      world.exit(task);
      // One that makes no call that others do not make, on another object.
      world.container = quiet_spoilt;
      const Task quiet = world.start("/bin/app");
      world.open(quiet, "/srv/stolen/x");
      world.exit(quiet);
      world.container = good;
      const Task other = world.start("/bin/app");
      world.open(other, "/srv/own/x");
      world.exit(other);
    });
    for (const auto& worker : analyzers.workers)
      worker->stop();
  }
  const std::string app = "profile:sha256:1:x86_64:/bin/app";
  const auto knows = [&] {
    const auto calls = cli.json("profile show " + app)["calls"].dump();
    return contains(calls, "\"socket\"") && contains(calls, "\"connect\"");
  };
  CHECK(knows());
  const auto reads = [&](const std::string& directory) {
    return contains(cli.json("profile show " + app).dump(), directory);
  };
  CHECK(reads("/srv/stolen"));
  CHECK(cli("profile unlearn").status == 2);
  CHECK(cli("profile unlearn --container ''").status == 2);
  CHECK(cli("profile unlearn --container eeee --since tomorrow").status == 2);
  CHECK(contains(cli("profile unlearn --container 0123").text, "nothing is known that a container 0123"));
  CHECK(contains(cli("profile unlearn --container dddddddddddd").text, "nothing is known"));
  CHECK(orders_left(bench) == 0);

  const MortalWorker worker(bench.nodes);
  const std::string done = "unlearn " + spoilt + ": done\n";
  // All of it was taught in 1970, as tests have it.
  CHECK(cli("profile unlearn --container eeeeeeeeeeee --since 2001-01-01").text == done);
  run_for(bench.io, 300ms);
  CHECK(knows());
  CHECK(cli("profile unlearn --container eeeeeeeeeeee --comment 'the tester broke in'").text == done);
  CHECK(run_until(
      bench.io, [&] { return !knows(); }, 5s));
  CHECK(cli.json("profile show " + app)["state"] == "armed");
  CHECK(contains(cli("profile show shop:1.4").text, "the tester broke in"));
  // The shards' parts forget it as well.
  CHECK(run_until(
      bench.io, [&] { return cli("profile unlearn --container eeeeeeeeeeee").status == 1; }, 5s));
  // Habits have teachers, too.
  CHECK(reads("/srv/stolen"));
  CHECK(cli("profile unlearn --container aaaaaaaaaaaa").text == "unlearn " + quiet_spoilt + ": done\n");
  CHECK(run_until(
      bench.io, [&] { return !reads("/srv/stolen"); }, 5s));
  CHECK(reads("/srv/own"));
  CHECK(run_until(
      bench.io, [&] { return cli("profile unlearn --container aaaaaaaaaaaa").status == 1; }, 5s));
}
