#include "analyzer/replay/replay.h"

#include <algorithm>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "analyzer/replay/replay_report.h"
#include "proto/codec.h"
#include "tests/unit/detect/world.h"

using namespace da;
using namespace da::test;

namespace {

/// Payloads as one collector would send them; World's judge() takes it for a detector.
struct Collector {
  std::vector<Alert> process(const SyscallBatch& batch, const BatchContinuity&) {
    SyscallBatch sent = batch;
    sent.header.sequence = ++sequence;
    sent.header.records_before = records;
    records += sent.record_count();
    payloads.push_back(encode(sent));
    return {};
  }
  std::uint64_t sequence = 0;
  std::uint64_t records = 0;
  std::vector<std::string> payloads;
};

struct Recorded {
  World world;
  Collector collector;
  Task app = world.start("/bin/app");

  void send() { static_cast<void>(world.judge(collector)); }
  void requests(int batches) {
    for (int i = 0; i < batches; ++i) {
      world.rounds(app, 5);
      send();
    }
  }
  /// Learned, then a call that was never made.
  Recorded() {
    requests(40);
    world.calls(app, {41, 42, 33, 33, 33});
    send();
    requests(2);
  }
};

DetectorOptions options(LifeCycleOptions life = quick_options()) {
  DetectorOptions options;
  options.life = life;
  return options;
}

ReplayResult replay(const std::vector<std::string>& payloads, const DetectorOptions& with = options()) {
  Replay replay(with, 4);
  for (const std::string& payload : payloads)
    replay.take(ShardId{2}, payload);
  return replay.finish();
}

}  // namespace

SCENARIO("a recording is learned from, and judged, as it was when it came") {
  const Recorded recorded;
  const ReplayResult result = replay(recorded.collector.payloads);
  CHECK(result.batches == recorded.collector.payloads.size());
  CHECK(result.records == recorded.collector.records);
  CHECK(result.records_lost == 0);
  CHECK(result.batches_lost == 0);
  REQUIRE(result.alerts.size() == 1);
  CHECK(result.alerts[0].kind == AlertKind::new_call);
  CHECK(decision_of(result.alerts[0]).container == "web");
  REQUIRE_FALSE(result.transitions.empty());
  CHECK(result.transitions.back().transition.what == "image armed");
  CHECK(result.transitions.back().time_ns < result.alerts[0].time_ns);

  const std::string text = replay_text(result);
  CHECK(text == replay_text(replay(recorded.collector.payloads)));
  CHECK(text.find("ALERT") > text.find("image armed"));
  CHECK(text.find("/bin/app in web") != std::string::npos);
  CHECK(text.find("; 1 alerts\n") != std::string::npos);
  const auto json = nlohmann::json::parse(replay_json(result));
  CHECK(json["alerts"][0]["kind"] == "new_call");
  CHECK(json["records"] == result.records);
}

SCENARIO("what is missing from a recording, or cannot be read, is counted") {
  Recorded recorded;
  auto payloads = recorded.collector.payloads;
  payloads.erase(payloads.begin() + 3);
  payloads.insert(payloads.begin() + 10, payloads[9]);  // a repetition counts nothing
  payloads.insert(payloads.begin() + 5, "noise");
  const ReplayResult result = replay(payloads);
  CHECK(result.batches_lost == 1);
  CHECK(result.records_lost == 5 * kRequest.size());
  CHECK(result.records == recorded.collector.records - result.records_lost);
  CHECK(result.refused.at("malformed") == 1);
  CHECK(replay_text(result).find("1 batches missing, 1 batches refused as malformed") != std::string::npos);

  // It may begin in the midst of a collector's run.
  const ReplayResult later =
      replay({recorded.collector.payloads.begin() + 5, recorded.collector.payloads.end()});
  CHECK(later.batches_lost == 0);
  CHECK(later.records_lost == 0);
}

SCENARIO("two configurations are compared by what they decide") {
  const Recorded recorded;
  LifeCycleOptions slow = quick_options();
  slow.min_calls = 1'000'000;
  const ReplayResult first = replay(recorded.collector.payloads);
  const ReplayResult second = replay(recorded.collector.payloads, options(slow));
  CHECK(second.alerts.empty());
  const std::string text = difference_text(first, second);
  CHECK(text.find("never\n") != std::string::npos);
  CHECK(text.find("\n- ") != std::string::npos);
  CHECK(text.find("\n+ ") == std::string::npos);
  CHECK(text.find("alerts of both 0, of the first only 1, of the second only 0\n") != std::string::npos);
  CHECK(difference_text(first, first).find("alerts of both 1, of the first only 0, of the second only 0\n") !=
        std::string::npos);
  const auto json = nlohmann::json::parse(difference_json(second, first));
  CHECK(json["second_only"].size() == 1);
  CHECK(json["armed"]["first"].empty());
}
