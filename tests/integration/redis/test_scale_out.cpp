// Several analyzers on one Redis are one: what they learn together is the same, byte for byte, as what one of
// them learns alone, and what it knows each of them judges by.
#include <array>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <set>

#include <catch2/catch.hpp>

#include "analyzer/detect/shard_detectors.h"
#include "analyzer/exchange/model_exchange.h"
#include "analyzer/intake/intake.h"
#include "common/redis/functions.h"
#include "proto/codec.h"
#include "proto/redis_functions/library.h"
#include "tests/support/private_redis.h"
#include "tests/support/run_coroutine.h"
#include "tests/unit/detect/world.h"

using namespace da;
using namespace da::test;
using namespace std::chrono_literals;
using redis::args;

namespace {

constexpr std::uint16_t kShards = 8;

/// All of an analyzer but its mails.
class Worker final : private IntakeHandler {
 public:
  Worker(asio::io_context& context, const redis::Nodes& nodes, const DetectorOptions& options)
      : io_(context),
        detectors_(options, kShards),
        exchange_(context.get_executor(), nodes, detectors_, [] {}, {20ms, 1'000'000}) {
    for (const redis::Node& node : nodes) {
      intakes_.push_back(std::make_unique<Intake>(context.get_executor(), node.endpoint,
                                                  static_cast<IntakeHandler&>(*this), intake_options(node)));
    }
    running_ = 1 + static_cast<int>(intakes_.size());
    const auto ended = [this](std::exception_ptr error) {
      if (error) problem_ = error;
      --running_;
    };
    asio::co_spawn(io_, exchange_.run(), ended);
    for (const auto& intake : intakes_)
      asio::co_spawn(io_, intake->run(), ended);
  }
  /// As SIGTERM does.
  void stop() {
    exchange_.stop();
    for (const auto& intake : intakes_)
      intake->stop();
    CHECK(run_until(
        io_, [this] { return running_ == 0; }, 5s));
    CHECK_FALSE(problem_);
  }

  [[nodiscard]] const std::vector<Alert>& alerts() const noexcept { return alerts_; }
  [[nodiscard]] std::size_t shards() const {
    std::size_t sum = 0;
    for (const auto& intake : intakes_)
      sum += intake->shards().size();
    return sum;
  }
  [[nodiscard]] const ShardDetectors& detectors() const noexcept { return detectors_; }
  [[nodiscard]] const std::vector<std::string>& problems() const noexcept { return problems_; }

 private:
  static IntakeOptions intake_options(const redis::Node& node) {
    IntakeOptions options;
    options.shards = kShards;
    options.commit_interval = 30ms;
    options.lease.ttl = 600ms;
    options.first_wait = 10ms;
    options.longest_wait = 50ms;
    for (const std::uint16_t shard : node.shards)
      options.lease.shards.push_back(ShardId{shard});
    return options;
  }
  bool is_ready() const override { return exchange_.is_ready(); }
  void on_loaded(ShardId shard, StoredShard stored) override {
    for (auto& problem : detectors_.take_up(shard, {stored.parts, stored.known, stored.threads}))
      problems_.push_back(std::move(problem));
  }
  void on_batch(ShardId shard, SyscallBatch&& batch, const SequenceVerdict& verdict) override {
    const bool new_epoch = verdict.kind == SequenceVerdict::Kind::new_epoch;
    for (Alert& alert :
         detectors_.process(shard, batch, {!verdict.continuous(), verdict.records_lost, new_epoch}))
      alerts_.push_back(std::move(alert));
  }
  ShardChanges collect_changes(ShardId shard) override {
    auto learned = detectors_.take_changes(shard);
    ShardChanges changes;
    changes.parts.set = std::move(learned.parts);
    changes.known.set = std::move(learned.known);
    for (SavedThread& thread : learned.threads) {
      if (thread.blob) {
        changes.threads.set[thread.id] = *thread.blob;
      } else {
        changes.threads.erase.push_back(thread.id);
      }
    }
    return changes;
  }
  void on_reset(ShardId shard) override { detectors_.give_up(shard); }

  asio::io_context& io_;
  ShardDetectors detectors_;
  ModelExchange exchange_;
  std::vector<std::unique_ptr<Intake>> intakes_;  // one for each Redis
  std::vector<Alert> alerts_;
  std::vector<std::string> problems_;
  std::exception_ptr problem_;
  int running_ = 0;
};

/// One Redis or several, among which the shards are dealt out.
struct Bench {
  explicit Bench(std::size_t count = 1) {
    for (std::size_t i = 0; i < count; ++i) {
      auto server = PrivateRedis::start();
      if (!server) {
        std::cout << "SKIPPED: redis-server does not run\n";
        return;
      }
      std::vector<std::uint16_t> shards;
      for (auto shard = static_cast<std::uint16_t>(i); shard < kShards;
           shard = static_cast<std::uint16_t>(shard + count))
        shards.push_back(shard);
      nodes.push_back({server->endpoint(), std::move(shards)});
      auto& client =
          *clients.emplace_back(std::make_unique<redis::Client>(io.get_executor(), server->endpoint()));
      REQUIRE(run(io, client.connect()));
      REQUIRE(run(io, redis::ensure_functions(
                          client, {kFunctionLibrary, kFunctionRevision, function_library_code()})));
      servers.push_back(std::move(server));
    }
    runs = true;
  }
  redis::Reply call(ShardId shard, std::vector<std::string> words) {
    auto reply = run(io, clients[to_raw(shard) % clients.size()]->command(std::move(words)));
    REQUIRE(reply);
    return *reply;
  }
  void restart(std::size_t node) {
    servers[node]->terminate();
    REQUIRE(servers[node]->run());
    REQUIRE(run(io, clients[node]->connect()));
  }
  std::uint64_t records_analyzed() {
    std::uint64_t sum = 0;
    for (std::uint16_t i = 0; i < kShards; ++i) {
      const auto count = call(ShardId{i}, args("HGET", shard_key(ShardId{i}, "counters"), "records"));
      if (!count.text.empty()) sum += std::stoull(count.text);
    }
    return sum;
  }
  /// What the curators published in their home's keys: blob id -> blob.
  std::map<std::string, std::string> known_of(ShardId home) {
    std::map<std::string, std::string> blobs;
    const auto fields = call(home, args("HGETALL", shard_key(home, "known"))).elements;
    for (std::size_t at = 0; at + 1 < fields.size(); at += 2)
      blobs[fields[at].text] = fields[at + 1].text;
    return blobs;
  }
  /// Of all homes.
  std::map<std::string, std::string> known() {
    std::map<std::string, std::string> all;
    for (std::uint16_t i = 0; i < kShards; ++i) {
      for (auto& [id, blob] : known_of(ShardId{i})) {
        CHECK_FALSE(all.contains(id));  // one home
        all[id] = std::move(blob);
      }
    }
    return all;
  }
  /// Once nothing changes any more.
  std::map<std::string, std::string> settled_known() {
    auto before = known();
    for (int quiet = 0; quiet < 5;) {
      run_for(io, 100ms);
      auto now = known();
      quiet = now == before ? quiet + 1 : 0;
      before = std::move(now);
    }
    return before;
  }

  asio::io_context io;
  std::vector<std::unique_ptr<PrivateRedis>> servers;
  std::vector<std::unique_ptr<redis::Client>> clients;
  redis::Nodes nodes;
  bool runs = false;
};

#define NEED_REDIS(bench) \
  if (!(bench).runs) return

/// The collector of one process: its batches go to one shard.
struct Process {
  Process(Bench& redis, int index)
      : bench(redis),
        shard(static_cast<std::uint16_t>(index % kShards)),
        host("host-" + std::to_string(index)) {}

  /// As the world's judge: what it is given goes to Redis.
  std::vector<Alert> process(const SyscallBatch& batch, const BatchContinuity&) {
    SyscallBatch sent = batch;
    sent.header.host = host;
    sent.header.records_before = records;
    sent.header.sequence = ++sequence;
    records += sent.record_count();
    CHECK(bench
              .call(ShardId{shard}, args("FCALL", kAppendFunction, "2", stream_key(ShardId{shard}),
                                         shard_key(ShardId{shard}, "producers"), host, "7",
                                         std::to_string(sequence), "100000", encode(sent)))
              .is_status("OK"));
    return {};
  }
  void send() { static_cast<void>(world.judge(*this)); }

  Bench& bench;
  World world;
  std::uint16_t shard;
  std::string host;
  std::uint64_t sequence = 0;
  std::uint64_t records = 0;
};

/// Twenty processes of three programs in two images, with threads, execs, losses and ends, in `steps` steps.
class Traffic {
 public:
  explicit Traffic(Bench& bench) {
    for (int i = 0; i < 20; ++i) {
      auto& process = *processes_.emplace_back(std::make_unique<Process>(bench, i));
      process.world.image_id = i % 3 == 0 ? "sha256:two" : "sha256:one";
      process.world.container = std::string(64, static_cast<char>('a' + i));
      tasks_.push_back(process.world.start(i % 2 == 0 ? "/bin/app" : "/usr/sbin/server"));
    }
  }
  void step() {
    ++steps_;
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      World& world = processes_[i]->world;
      world.rounds(tasks_[i], 2);
      std::vector<int> varied = kRequest;
      std::rotate(varied.begin(), varied.begin() + static_cast<std::ptrdiff_t>((i + steps_) % varied.size()),
                  varied.end());
      world.calls(tasks_[i], varied);
      if ((i + steps_) % 5 == 0) {
        Task child = world.fork(tasks_[i]);
        world.exec(child, "/bin/sh");
        world.calls(child, {12, 257, 0, 3});
        world.exit(child);
      }
      if ((i + steps_) % 7 == 0) world.lose(tasks_[i], 3);
      processes_[i]->send();
    }
  }
  [[nodiscard]] std::uint64_t records() const {
    std::uint64_t sum = 0;
    for (const auto& process : processes_)
      sum += process->records;
    return sum;
  }

 private:
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<Task> tasks_;
  std::size_t steps_ = 0;
};

using Known = std::map<std::string, std::string>;

std::set<std::string> ids_of(const Known& known) {
  std::set<std::string> ids;
  for (const auto& [id, blob] : known)
    ids.insert(id);
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
  CHECK(ids_of(alone) ==
        std::set<std::string>{"image:sha256:one", "image:sha256:two", "profile:sha256:one:x86_64:/bin/app",
                              "profile:sha256:one:x86_64:/bin/sh",
                              "profile:sha256:one:x86_64:/usr/sbin/server",
                              "profile:sha256:two:x86_64:/bin/app", "profile:sha256:two:x86_64:/bin/sh",
                              "profile:sha256:two:x86_64:/usr/sbin/server"});
  CHECK(learned_by(2, undisturbed) == alone);
  CHECK(learned_by(4, undisturbed) == alone);

  THEN("though analyzers come and go meanwhile") {
    const auto changing = [](std::size_t step, Bench& bench, std::vector<std::unique_ptr<Worker>>& workers) {
      if (step == 2 || step == 3 || step == 4)
        workers.push_back(std::make_unique<Worker>(bench.io, bench.nodes, DetectorOptions{}));
      if (step == 7 || step == 8) {
        workers.front()->stop();
        workers.erase(workers.begin());
      }
    };
    CHECK(learned_by(1, changing) == alone);
  }
  THEN("though redis is restarted, and the analyzers begin anew from their last commits") {
    const auto restarting = [](std::size_t step, Bench& bench, std::vector<std::unique_ptr<Worker>>&) {
      if (step != 4 && step != 8) return;
      bench.restart(0);
    };
    CHECK(learned_by(2, restarting) == alone);
  }
  THEN("though the shards are dealt out among two Redis, and one of them is restarted") {
    const auto restarting = [](std::size_t step, Bench& bench, std::vector<std::unique_ptr<Worker>>&) {
      if (step == 4 || step == 8) bench.restart(1);
    };
    CHECK(learned_by(2, restarting, 2) == alone);
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
    for (int looks = 0; looks < 8; ++looks) {
      run_for(bench.io, 5ms);
      for (std::uint16_t i = 0; i < kShards; ++i)
        published += detectors.take_changes(ShardId{i}).known.size();
    }
    CHECK(published == 0);
    CHECK(exchange.is_ready());
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
