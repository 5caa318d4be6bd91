// Analyzers without mails, processes whose batches they judge, and a Redis or several between them.
//
// Used by the tests of several analyzers and of the operator's orders.
//
//   Bench bench;
//   NEED_REDIS(bench);
//   TwoAnalyzers analyzers(bench);      // of one armed program
#pragma once

#include <array>
#include <csignal>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <set>

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "analyzer/detect/commit_changes.h"
#include "analyzer/detect/home_shard.h"
#include "analyzer/detect/shard_detectors.h"
#include "analyzer/exchange/model_exchange.h"
#include "analyzer/intake/intake.h"
#include "analyzer/notify/alert_history.h"
#include "analyzer/notify/row_codec.h"
#include "analyzer/store/decisions_codec.h"
#include "common/redis/functions.h"
#include "proto/codec.h"
#include "proto/redis_functions/library.h"
#include "proto/stream_key.h"
#include "tests/support/private_redis.h"
#include "tests/support/run_coroutine.h"
#include "tests/unit/detect/world.h"

namespace da::test {

using namespace std::chrono_literals;
using redis::args;

inline constexpr std::uint16_t kShards = 8;

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
    if (history_.restore(shard, stored.alerts) > 0) problems_.emplace_back("alerts");
  }
  void on_batch(ShardId shard, SyscallBatch&& batch, const SequenceVerdict& verdict) override {
    const bool new_epoch = verdict.kind == SequenceVerdict::Kind::new_epoch;
    for (Alert& alert :
         detectors_.process(shard, batch, {!verdict.continuous(), verdict.records_lost, new_epoch})) {
      history_.add(shard, alert);
      alerts_.push_back(std::move(alert));
    }
  }
  ShardChanges collect_changes(ShardId shard) override {
    ShardChanges changes;
    add_to(changes, detectors_.take_changes(shard));
    const RowChanges alerts = history_.take_changes(shard);
    changes.alerts.set = {alerts.set.begin(), alerts.set.end()};
    changes.alerts.erase = alerts.erase;
    return changes;
  }
  void on_reset(ShardId shard) override { give_up(shard); }

  void give_up(ShardId shard) {
    detectors_.give_up(shard);
    history_.release(shard);
  }

  asio::io_context& io_;
  ShardDetectors detectors_;
  AlertHistory history_;
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
      const std::string number = std::to_string(steps_ % 5);
      world.given(tasks_[i], 288, {3}, 5);  // accept4
      world.open(tasks_[i], "/var/www/site" + std::string(1, static_cast<char>('a' + i)) + "/page" + number);
      world.open(tasks_[i], "/etc/app.d/" + std::string(1, static_cast<char>('a' + steps_)) + "/x", 0101);
      for (std::size_t n = 0; n < i; ++n)
        world.open(tasks_[i], "/nowhere", 0, -2);
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

/// What an operator's command does, but for the waiting.
inline void leave(Bench& bench, Order order, const std::string& bundle = {}) {
  const ShardId home = home_shard(order.about.image, kShards);
  auto words = args("FCALL", kOrderFunction, "1", shard_key(home, "orders"), order.id, encode_order(order));
  if (!bundle.empty()) words.push_back(bundle);
  REQUIRE(bench.call(home, words).is_status("OK"));
}

inline std::int64_t orders_left(Bench& bench) {
  std::int64_t sum = 0;
  for (std::uint16_t i = 0; i < kShards; ++i)
    sum += bench.call(ShardId{i}, args("HLEN", shard_key(ShardId{i}, "orders"))).integer;
  return sum;
}

inline Order about(OrderVerb verb, const Alert& alert, const std::string& id) {
  return {id, verb, alert.id, alert.kind, alert.behaviour, alert.image, "ann", "", 1};
}

inline const Decisions* decided(const Worker& worker, const std::string& image = "sha256:1") {
  const auto known = worker.detectors().known().image(image);
  return known ? known->decisions() : nullptr;
}

/// Eight processes of one armed program, seen by two analyzers.
struct TwoAnalyzers {
  explicit TwoAnalyzers(Bench& redis, DetectorOptions detector = quick_detector(),
                        const std::function<void(World&)>& at_first = {})
      : bench(redis), options(detector) {
    add();
    add();
    REQUIRE(run_until(
        bench.io, [&] { return workers[0]->shards() == kShards / 2 && workers[1]->shards() == kShards / 2; },
        10s));
    for (int i = 0; i < kShards; ++i) {
      processes.push_back(std::make_unique<Process>(bench, i));
      if (at_first) at_first(processes.back()->world);
      tasks.push_back(processes.back()->world.start("/bin/app"));
    }
    for (int steps = 0; steps < 200 && !armed(); ++steps)
      send({});
    REQUIRE(armed());
    run_for(bench.io, 200ms);
  }
  void add() { workers.push_back(std::make_unique<Worker>(bench.io, bench.nodes, options)); }
  [[nodiscard]] bool armed() const {
    return std::all_of(workers.begin(), workers.end(), [](const auto& worker) {
      const auto image = worker->detectors().known().image("sha256:1");
      return image && image->armed();
    });
  }
  void send(const std::vector<int>& calls) {
    for (std::size_t i = 0; i < processes.size(); ++i) {
      processes[i]->world.rounds(tasks[i], 6);
      processes[i]->world.calls(tasks[i], calls);
      if (!calls.empty()) processes[i]->world.rounds(tasks[i], 6);
      processes[i]->send();
      sent = processes[i]->records + sent - std::exchange(counted[i], processes[i]->records);
    }
    REQUIRE(run_until(
        bench.io, [&] { return bench.records_analyzed() == sent; }, 10s));
  }
  [[nodiscard]] std::size_t alerts() const {
    std::size_t sum = 0;
    for (const auto& worker : workers)
      sum += worker->alerts().size();
    return sum;
  }

  Bench& bench;
  DetectorOptions options;
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::unique_ptr<Process>> processes;
  std::vector<Task> tasks;
  std::map<std::size_t, std::uint64_t> counted;
  std::uint64_t sent = 0;
};

/// An analyzer in a process of its own, ended by SIGKILL.
class MortalWorker {
 public:
  explicit MortalWorker(const redis::Nodes& nodes) : pid_(::fork()) {
    if (pid_ != 0) return;
    asio::io_context io;
    const Worker worker(io, nodes, quick_detector());
    io.run();
    ::_exit(0);
  }
  ~MortalWorker() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  MortalWorker(const MortalWorker&) = delete;
  MortalWorker& operator=(const MortalWorker&) = delete;

 private:
  pid_t pid_;
};

}  // namespace da::test
