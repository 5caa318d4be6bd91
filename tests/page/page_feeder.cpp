// What collectors send, on command: three containers of two images on two hosts, for the test of the status
// page in a browser.
//
//   page_feeder unix:///tmp/x/redis.sock SHARDS < commands
//
// Commands, a line each, answered with a line: "learn" (a minute of ordinary calls of each), "break-in" (the
// shop makes calls in an order it never did, and starts a shell), "hostile" (the last container does, with
// names that would like to be markup), "live" (figures of now, until there are others, and of collectors).
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "analyzer/store/live_codec.h"
#include "common/redis/client.h"
#include "common/redis/endpoint.h"
#include "common/redis/functions.h"
#include "proto/codec.h"
#include "proto/redis_functions/library.h"
#include "proto/status/collector_status.h"
#include "proto/stream_key.h"
#include "tests/support/run_coroutine.h"
#include "tests/unit/detect/world.h"

using namespace da;
using namespace da::test;
using redis::args;

namespace {

const std::string kMarkup = "<script>alert(1)</script>";
const std::string kHostile = "shop:\"'><img src=x onerror=alert(2)>\xe2\x80\xae\x1b[2J&amp;";

class Feeder {
 public:
  Feeder(const std::string& address, std::uint16_t shards)
      : shards_(shards), client_(io_.get_executor(), *redis::Endpoint::from(address)) {
    if (!run(io_, client_.connect())) throw std::runtime_error("no redis at " + address);
    if (!run(io_, redis::ensure_functions(client_,
                                          {kFunctionLibrary, kFunctionRevision, function_library_code()})))
      throw std::runtime_error("redis takes no functions");
    add("web", "shop:1.4", "sha256:9c7a54a9", "host7", 'a', "/usr/local/bin/python3.11");
    add("orders", "shop:1.4", "sha256:9c7a54a9", "host8", 'b', "/usr/local/bin/python3.11");
    add(kMarkup, kHostile, "sha256:0d5ee7", "host9", 'c', "/opt/" + kMarkup);
  }

  void learn() {
    for (int i = 0; i < 12; ++i) {
      for (auto& site : sites_) {
        site->world.rounds(site->app, 6);
        send(*site);
      }
    }
  }
  void break_in(std::size_t which, const std::string& shell) {
    Site& site = *sites_.at(which);
    site.world.rounds(site.app, 3);
    // Calls that it makes all the time, in no order that it has: to write before anything was read.
    site.world.calls(site.app, {257, 1, 44, 0, 48, 3, 45, 257, 7, 1, 0, 44});
    site.world.rounds(site.app, 1);
    Task child = site.world.fork(site.app);
    site.world.exec(child, shell);
    site.world.calls(child, {12, 257, 0, 3});
    site.world.exit(child);
    send(site);
  }
  /// As an analyzer would tell them.
  void live() {
    std::vector<LiveRow> rows;
    for (const auto& site : sites_) {
      LiveRow row;
      row.host = site->world.host;
      row.container_id = site->world.container;
      row.container_name = site->world.container_name;
      row.image = site->world.image;
      row.image_id = site->world.image_id;
      row.executable = site->app.executable;
      row.arch = "x86_64";
      row.state = "armed";
      row.calls_per_second = 1204.0 / static_cast<double>(rows.size() + 1);
      row.calls = site->records;
      row.highest_score = site->departed ? 7 : static_cast<unsigned>(1 + rows.size() % 2);
      row.threshold = 4;
      rows.push_back(row);
    }
    require("OK", args("SET", shard_key(ShardId{0}, kLiveKey), encode_live(rows)));
    tell_of_collectors();
  }

 private:
  struct Site {
    World world;
    Task app;
    std::uint64_t sequence = 0;
    std::uint64_t records = 0;
    bool departed = false;
  };

  /// As collectors tell of themselves: that of host8 said nothing for three minutes, that of host9 lost some.
  void tell_of_collectors() {
    const std::int64_t now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                                    std::chrono::system_clock::now().time_since_epoch())
                                    .count();
    for (const auto& site : sites_) {
      const World& world = site->world;
      CollectorStatus status;
      status.host = world.host;
      status.version = "0.1.0";
      status.epoch = Epoch{7};
      status.since_ns = (now_ms - 7'200'000) * 1'000'000;
      status.hears_docker = status.can_attach = true;
      status.containers = 1;
      status.records = site->records;
      status.overhead = 0.12;
      ContainerStatus container{world.container, world.container_name, world.image, 1, 0.12, 0};
      if (world.host == "host9") {
        status.lost_queue = container.records_lost = 1204;
        status.loss_began_ns = status.loss_ended_ns = (now_ms - 600'000) * 1'000'000;
        status.coverage = container.coverage = 0.93;
      }
      status.listed = {container};
      // Stamped ahead, so that no one has to repeat it.
      const std::int64_t heard_ms = world.host == "host8" ? now_ms - 180'000 : now_ms + 3'600'000;
      require_integer(args("HSET", shard_key(ShardId{0}, kCollectorsKey), world.host,
                           std::to_string(heard_ms) + " 1 " + encode_status(status)));
    }
  }

  void add(const std::string& name, const std::string& image, const std::string& id, const std::string& host,
           char digit, const std::string& program) {
    auto site = std::make_unique<Site>();
    World& world = site->world;
    // An hour of theirs passes in seconds of ours, and ends about now.
    world.now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                    (std::chrono::system_clock::now() - std::chrono::minutes(20)).time_since_epoch())
                    .count();
    world.container_name = name;
    world.image = image;
    world.image_id = id;
    world.host = host;
    world.container = std::string(64, digit);
    site->app = world.start(program);
    sites_.push_back(std::move(site));
  }

  void send(Site& site) {
    const ShardId shard = shard_of(site.world.container, site.app.pid, shards_);
    SyscallBatch& batch = site.world.batch;
    batch.header.host = site.world.host;
    batch.header.records_before = site.records;
    batch.header.sequence = ++site.sequence;
    site.records += batch.record_count();
    require("OK", args("FCALL", kAppendFunction, "2", stream_key(shard), shard_key(shard, "producers"),
                       site.world.host, "7", std::to_string(site.sequence), "100000", encode(batch)));
    struct Nobody {
      static std::vector<Alert> process(const SyscallBatch&, const BatchContinuity&) { return {}; }
    } nobody;
    static_cast<void>(site.world.judge(nobody));
  }

  void require(const char* status, std::vector<std::string> words) {
    const auto reply = run(io_, client_.command(std::move(words)));
    if (!reply || !reply->is_status(status))
      throw std::runtime_error(reply ? redis::describe(*reply) : reply.error().message());
  }

  void require_integer(std::vector<std::string> words) {
    const auto reply = run(io_, client_.command(std::move(words)));
    if (!reply || !reply->is(redis::Reply::Kind::integer))
      throw std::runtime_error(reply ? redis::describe(*reply) : reply.error().message());
  }

  std::uint16_t shards_;
  asio::io_context io_;
  redis::Client client_;
  std::vector<std::unique_ptr<Site>> sites_;

 public:
  void departed(std::size_t which) { sites_.at(which)->departed = true; }
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) throw std::runtime_error("usage: page_feeder REDIS SHARDS");
  Feeder feeder(argv[1], static_cast<std::uint16_t>(std::atoi(argv[2])));
  for (std::string command; std::getline(std::cin, command);) {
    if (command == "learn") {
      feeder.learn();
    } else if (command == "break-in") {
      feeder.break_in(0, "/bin/dash");
      feeder.departed(0);
    } else if (command == "hostile") {
      feeder.break_in(2, "/tmp/" + kMarkup + "\x1b[31m");
    } else if (command == "live") {
      feeder.live();
    } else {
      throw std::runtime_error("no such command: " + command);
    }
    std::cout << "done " << command << std::endl;
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << "page_feeder: " << error.what() << '\n';
  return 1;
}
