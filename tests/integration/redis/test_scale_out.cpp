// Several analyzers on one Redis are one: what they learn together is the same, byte for byte, as what one of
// them learns alone, and what it knows each of them judges by.
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include <catch2/catch.hpp>

#include "tests/integration/redis/workers.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;
using redis::args;

namespace {

using Known = std::map<std::string, std::string>;

std::set<std::string> ids_of(const Known& known) {
  std::set<std::string> ids;
  for (const auto& [id, blob] : known)
    ids.insert(id);
  return ids;
}

/// What one has and the other has not, or has otherwise.
std::set<std::string> differing(const Known& a, const Known& b) {
  std::set<std::string> ids;
  for (const auto& [known, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    for (const auto& [id, blob] : *known) {
      const auto found = other->find(id);
      if (found == other->end() || found->second != blob) ids.insert(id);
    }
  }
  return ids;
}

/// What was learned by `count` analyzers, with `disturb` called in each of the steps.
Known learned_by(
    std::size_t count,
    const std::function<void(std::size_t step, Bench&, std::vector<std::unique_ptr<Worker>>&)>& disturb,
    std::size_t nodes = 1) {
  Bench bench(nodes);
  if (!bench.runs) return {};
  std::vector<std::unique_ptr<Worker>> workers;
  for (std::size_t i = 0; i < count; ++i)
    workers.push_back(std::make_unique<Worker>(bench.io, bench.nodes, DetectorOptions{}));
  if (count > 0) {
    CHECK(run_until(
        bench.io,
        [&] {
          return std::all_of(workers.begin(), workers.end(),
                             [&](const auto& worker) { return worker->shards() == kShards / count; });
        },
        10s));
  }
  Traffic traffic(bench);
  for (std::size_t step = 0; step < 12; ++step) {
    traffic.step();
    run_for(bench.io, 30ms);
    disturb(step, bench, workers);
  }
  CHECK(run_until(
      bench.io, [&] { return bench.records_analyzed() == traffic.records(); }, 20s));
  const Known known = bench.settled_known();
  for (const auto& worker : workers) {
    CHECK(worker->problems().empty());
    worker->stop();
  }
  CHECK(bench.records_analyzed() == traffic.records());
  return known;
}

}  // namespace

SCENARIO("what one, two and four analyzers learn of the same traffic is the same, byte for byte") {
  const auto undisturbed = [](std::size_t, Bench&, std::vector<std::unique_ptr<Worker>>&) {};
  const Known alone = learned_by(1, undisturbed);
  if (alone.empty()) return;
  CHECK(ids_of(alone) == std::set<std::string>{
                             "habits:sha256:one:x86_64:/bin/app", "habits:sha256:one:x86_64:/bin/sh",
                             "habits:sha256:one:x86_64:/usr/sbin/server", "habits:sha256:two:x86_64:/bin/app",
                             "habits:sha256:two:x86_64:/bin/sh", "habits:sha256:two:x86_64:/usr/sbin/server",
                             "image:sha256:one", "image:sha256:two", "profile:sha256:one:x86_64:/bin/app",
                             "profile:sha256:one:x86_64:/bin/sh",
                             "profile:sha256:one:x86_64:/usr/sbin/server",
                             "profile:sha256:two:x86_64:/bin/app", "profile:sha256:two:x86_64:/bin/sh",
                             "profile:sha256:two:x86_64:/usr/sbin/server"});
  CHECK(differing(learned_by(2, undisturbed), alone) == std::set<std::string>{});
  CHECK(differing(learned_by(4, undisturbed), alone) == std::set<std::string>{});

  THEN("though analyzers come and go meanwhile") {
    const auto changing = [](std::size_t step, Bench& bench, std::vector<std::unique_ptr<Worker>>& workers) {
      if (step == 2 || step == 3 || step == 4)
        workers.push_back(std::make_unique<Worker>(bench.io, bench.nodes, DetectorOptions{}));
      if (step == 7 || step == 8) {
        workers.front()->stop();
        workers.erase(workers.begin());
      }
    };
    CHECK(differing(learned_by(1, changing), alone) == std::set<std::string>{});
  }
  THEN("though redis is restarted, and the analyzers begin anew from their last commits") {
    const auto restarting = [](std::size_t step, Bench& bench, std::vector<std::unique_ptr<Worker>>&) {
      if (step != 4 && step != 8) return;
      bench.restart(0);
    };
    CHECK(differing(learned_by(2, restarting), alone) == std::set<std::string>{});
  }
  THEN("though the shards are dealt out among two Redis, and one of them is restarted") {
    const auto restarting = [](std::size_t step, Bench& bench, std::vector<std::unique_ptr<Worker>>&) {
      if (step == 4 || step == 8) bench.restart(1);
    };
    CHECK(differing(learned_by(2, restarting, 2), alone) == std::set<std::string>{});
  }
}

SCENARIO("a home that is taken up in the middle of a look publishes no model without some of its parts") {
  Bench bench;
  NEED_REDIS(bench);
  {
    Worker worker(bench.io, bench.nodes, DetectorOptions{});
    Traffic traffic(bench);
    for (int step = 0; step < 6; ++step) {
      traffic.step();
      run_for(bench.io, 20ms);
    }
    CHECK(run_until(
        bench.io, [&] { return bench.records_analyzed() == traffic.records(); }, 20s));
    bench.settled_known();
    worker.stop();
  }
  std::array<std::map<std::string, std::string>, kShards> known;
  for (std::uint16_t i = 0; i < kShards; ++i)
    known[i] = bench.known_of(ShardId{i});
  // Earlier and later in the some hundred steps that a look takes.
  bool whole_look = false;
  for (std::size_t steps = 1; !whole_look && steps < 2000; steps += 9) {
    ShardDetectors detectors(DetectorOptions{}, kShards);
    ModelExchange exchange(bench.io.get_executor(), bench.nodes, detectors, [] {}, {5ms, 1'000'000});
    bool ended = false;
    asio::co_spawn(bench.io, exchange.run(), [&](const std::exception_ptr&) { ended = true; });
    bench.io.restart();
    for (std::size_t i = 0; i < steps; ++i)
      bench.io.run_one();
    whole_look = exchange.is_ready();
    for (std::uint16_t i = 0; i < kShards; ++i)
      CHECK(detectors.take_up(ShardId{i}, {{}, known[i], {}}).empty());
    // It curates what is published already: there is nothing new to publish.
    std::size_t published = 0;
    const auto look = [&] {
      run_for(bench.io, 5ms);
      for (std::uint16_t i = 0; i < kShards; ++i)
        published += detectors.take_changes(ShardId{i}).known.size();
    };
    for (int looks = 0; looks < 2000 && !exchange.is_ready(); ++looks)
      look();
    CHECK(exchange.is_ready());
    for (int looks = 0; looks < 8; ++looks)
      look();
    CHECK(published == 0);
    exchange.stop();
    CHECK(run_until(
        bench.io, [&] { return ended; }, 5s));
  }
}

SCENARIO("two analyzers arm an image by what both saw, and each judges by what both know") {
  const auto nodes = GENERATE(std::size_t{1}, std::size_t{2});
  Bench bench(nodes);
  NEED_REDIS(bench);
  DetectorOptions options = quick_detector();
  options.life.min_calls = 300;  // more than any one process makes until then
  options.life.recent_calls = 70;
  Worker a(bench.io, bench.nodes, options);
  Worker b(bench.io, bench.nodes, options);
  REQUIRE(run_until(
      bench.io, [&] { return a.shards() == kShards / 2 && b.shards() == kShards / 2; }, 10s));

  std::vector<std::unique_ptr<Process>> processes;
  std::vector<Task> tasks;
  for (int i = 0; i < kShards; ++i) {
    processes.push_back(std::make_unique<Process>(bench, i));
    tasks.push_back(processes.back()->world.start("/bin/app"));
  }
  const auto armed = [](const Worker& worker) {
    const auto image = worker.detectors().known().image("sha256:1");
    return image && image->armed();
  };
  int steps = 0;
  for (; steps < 200 && !(armed(a) && armed(b)); ++steps) {
    for (std::size_t i = 0; i < processes.size(); ++i) {
      processes[i]->world.rounds(tasks[i], 1);
      processes[i]->send();
    }
    run_for(bench.io, 30ms);
  }
  REQUIRE(armed(a));
  REQUIRE(armed(b));
  run_for(bench.io, 200ms);
  CHECK(a.alerts().empty());
  CHECK(b.alerts().empty());

  // A program that only a's shards have seen so far would be known to b as well; one that nobody saw is told.
  for (std::size_t i = 0; i < processes.size(); ++i) {
    processes[i]->world.rounds(tasks[i], 3);
    processes[i]->world.calls(tasks[i], {41, 42, 33});
    processes[i]->send();
  }
  CHECK(run_until(
      bench.io, [&] { return a.alerts().size() + b.alerts().size() == kShards; }, 5s));
  CHECK(a.alerts().size() == kShards / 2);
  for (const Alert& alert : b.alerts()) {
    CHECK(alert.kind == AlertKind::new_call);
    CHECK(alert.executable == "/bin/app");
  }
  a.stop();
  b.stop();
}
