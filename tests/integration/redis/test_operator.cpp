// What operators order, through Redis: it is carried out once and holds for all analyzers; and the commands,
// as people and programs use them.
#include <cstdio>
#include <utility>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/redis/workers.h"
#include "tests/support/temporary_directory.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;
using redis::args;

namespace {

/// The analyzer's command line, with a configuration for the bench's Redis.
class CommandLine {
 public:
  explicit CommandLine(const Bench& bench) : config_(config(bench)) {}

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
  std::string config(const Bench& bench) const {
    return directory_.write("analyzer.yaml",
                            "shards: 8\nredis: {url: \"" + bench.servers[0]->address() + "\"}\n");
  }

  TemporaryDirectory directory_;
  std::string config_;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

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
  TwoAnalyzers analyzers(bench, options);
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
  CHECK(shown["kind"] == "new_directory_read");
  CHECK(shown["found"] == "opens /etc/shadow, never seen");
  CHECK(shown["seen"] == "/var/www/html");
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
  const std::string id = list[0]["id"];
  CHECK(list[0]["kind"] == "new_call");
  CHECK(list[0]["state"] == "open");
  CHECK(contains(cli("alert show " + id).text, "app made the system call socket"));
  CHECK(cli.json("alert show " + id)["behaviour"]["reject_pins"].dump() == R"([["socket"]])");

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
    CHECK(cli.json("alert list --state accepted")[0]["decided"]["comment"] == "release 1.5 opens sockets");
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
        "docker-anomalies bundle 2");
  CHECK(cli("profile diff shop:1.4 " + file).text == "no difference\n");

  Bench there;
  NEED_REDIS(there);
  const CommandLine other(there);
  const MortalWorker worker(there.nodes);
  CHECK(other("profile import " + file + " --comment 'from the test site'").text ==
        "import image:sha256:1: done\n");
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
