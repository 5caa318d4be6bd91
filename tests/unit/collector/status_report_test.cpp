#include "collector/status_report.h"

#include <catch2/catch.hpp>

#include "common/version.h"
#include "proto/codec.h"

using namespace da;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
const StatusReport::Time kBegin{};

CaptureShare share(const std::string& id, std::chrono::seconds total, std::chrono::seconds stopped,
                   std::chrono::seconds unseen) {
  CaptureShare one;
  one.container_id = id;
  one.container_name = "name of " + id;
  one.total = total;
  one.stopped = stopped;
  one.unseen = unseen;
  return one;
}

/// Of two containers: "a" has one record, "b" two; before b's, three were lost.
SyscallBatch batch() {
  SyscallBatch made;
  made.header = {"host7", Epoch{7}, 1, 0, 1};
  made.origins.resize(2);
  made.origins[0].container_id = "a";
  made.origins[0].image = "shop:1";
  made.origins[1].container_id = "b";
  made.origins[1].container_name = "orders";
  for (std::uint32_t i = 0; i < 2; ++i) {
    Segment segment;
    segment.task = TaskSerial{i + 1};
    segment.record_count = i + 1;
    segment.origin = i;
    made.segments.push_back(segment);
  }
  made.segments[1].lost = 3;
  made.segments[1].set(SegmentFlag::gap);
  made.calls.assign(3, make_call(Arch::x86_64, 39));
  made.arg_counts.assign(3, 0);
  made.args.resize(3);
  made.results.assign(3, 1);
  made.times_ns.assign(3, 1);
  return made;
}

const ContainerStatus& listed(const CollectorStatus& status, const std::string& id) {
  for (const ContainerStatus& each : status.listed) {
    if (each.id == id) return each;
  }
  throw std::runtime_error("not listed: " + id);
}

}  // namespace

SCENARIO("a report says who and since when, and what the counters say") {
  StatusReport report("host7", Epoch{7}, 5 * kSecond);
  CollectorState state;
  state.hears_docker = true;
  state.capture.records = 100;
  state.capture.tasks = 4;
  state.capture.lost = 3;
  state.retention.dropped_records = 2;
  state.retention.held_bytes = 10;
  state.retention.waiting_records = 20;
  state.writer.refused = 1;
  const CollectorStatus status = report.make(state, kBegin, 9 * kSecond);
  CHECK(status.host == "host7");
  CHECK(status.version == kVersion);
  CHECK(status.epoch == Epoch{7});
  CHECK(status.since_ns == 5 * kSecond);
  CHECK(status.hears_docker);
  CHECK_FALSE(status.can_attach);
  CHECK_FALSE(status.stopped);
  CHECK(status.records == 100);
  CHECK(status.tasks == 4);
  CHECK(status.lost_queue == 3);
  CHECK(status.lost_retention == 2);
  CHECK(status.batches_refused == 1);
  CHECK(status.retention_bytes == 10);
  CHECK(status.records_waiting == 20);
  CHECK(status.containers == 0);
  CHECK(status.coverage == 1);
  CHECK(status.overhead == 0);
}

SCENARIO("coverage and stopped time are of the last minute, not of ever") {
  StatusReport report("host7", Epoch{7}, 0);
  CollectorState state;
  // For an hour nothing was seen.
  state.containers = {share("a", 3600s, 3600s, 3600s), share("b", 3600s, 0s, 0s)};
  static_cast<void>(report.make(state, kBegin, 0));
  // Then all was, for two minutes, with a quarter stopped.
  CollectorStatus status;
  for (int s = 2; s <= 120; s += 2) {
    state.containers = {
        share("a", 3600s + std::chrono::seconds(s), 3600s + std::chrono::seconds(s) / 4, 3600s),
        share("b", 3600s + std::chrono::seconds(s), 0s, 0s)};
    status = report.make(state, kBegin + std::chrono::seconds(s), s * kSecond);
  }
  CHECK(listed(status, "a").coverage == 1);
  CHECK(listed(status, "a").stopped == Approx(0.25).margin(0.02));
  CHECK(status.coverage == 1);
  CHECK(status.overhead == Approx(0.125).margin(0.02));
  CHECK(status.containers == 2);
}

SCENARIO("a container that began since the last look is told as a whole") {
  StatusReport report("host7", Epoch{7}, 0);
  CollectorState state;
  state.containers = {share("a", 100s, 50s, 0s)};
  static_cast<void>(report.make(state, kBegin, 0));
  state.containers = {share("a", 10s, 1s, 5s)};  // it was restarted
  const auto status = report.make(state, kBegin + 20s, 20 * kSecond);
  CHECK(listed(status, "a").coverage == 0.5);
  CHECK(listed(status, "a").stopped == Approx(0.1));
}

SCENARIO("losses are told by container, also of one that is gone") {
  StatusReport report("host7", Epoch{7}, 0);
  CollectorState state;
  state.containers = {share("a", 10s, 0s, 0s)};
  report.shipped(batch());
  CollectorStatus status = report.make(state, kBegin, 0);
  CHECK(listed(status, "a").records_lost == 0);
  CHECK(listed(status, "b").records_lost == 3);
  CHECK(listed(status, "b").name == "orders");
  report.dropped(encode(batch()));
  report.dropped("no batch");
  status = report.make(state, kBegin, 0);
  CHECK(listed(status, "a").records_lost == 1);
  CHECK(listed(status, "a").image == "shop:1");
  CHECK(listed(status, "b").records_lost == 5);
}

SCENARIO("a stretch of losses has a begin, and ends when nothing was lost for a minute") {
  StatusReport report("host7", Epoch{7}, 0);
  CollectorState state;
  const auto at = [&](std::int64_t seconds, std::uint64_t lost) {
    state.capture.lost = lost;
    return report.make(state, kBegin + std::chrono::seconds(seconds), seconds * kSecond);
  };
  CHECK(at(10, 0).loss_began_ns == 0);
  CHECK(at(20, 5).loss_began_ns == 20 * kSecond);
  CHECK(at(30, 5).loss_ended_ns == 20 * kSecond);
  CHECK(at(70, 6).loss_began_ns == 20 * kSecond);
  CHECK(at(80, 6).loss_ended_ns == 70 * kSecond);
  CHECK(at(200, 7).loss_began_ns == 200 * kSecond);
}
