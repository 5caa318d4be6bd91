#include "analyzer/detect/evidence_ring.h"

#include <catch2/catch.hpp>

#include "analyzer/detect/recent_executables.h"
#include "proto/syscalls/describe.h"

using namespace da;

namespace {

Evidence& push_at(EvidenceRing& ring, std::int64_t time) {
  Evidence& evidence = ring.push();
  evidence.time_ns = time;
  return evidence;
}

}  // namespace

SCENARIO("the ring keeps the last 40 calls, oldest first") {
  EvidenceRing ring;
  for (std::int64_t i = 0; i < 20; ++i)
    push_at(ring, i);
  CHECK(ring.size() == 20);
  CHECK(ring[0].time_ns == 0);
  for (std::int64_t i = 20; i < 100; ++i)
    push_at(ring, i);
  CHECK(ring.size() == EvidenceRing::kCapacity);
  CHECK(ring[0].time_ns == 60);
  CHECK(ring[39].time_ns == 99);
  CHECK(ring.pushed() == 100);
}

SCENARIO("a slot that is used again has nothing left of its former call") {
  EvidenceRing ring;
  for (std::size_t i = 0; i < EvidenceRing::kCapacity; ++i) {
    Evidence& evidence = ring.push();
    evidence.unseen = evidence.after_gap = true;
    evidence.captures.push_back({0, CapturedKind::path, false, "secret"});
  }
  Evidence& again = ring.push();
  CHECK_FALSE(again.unseen);
  CHECK_FALSE(again.after_gap);
  CHECK(again.captures.empty());
  CHECK(again.ngram == kEmptyNgram);

  SyscallBatch batch;
  batch.calls = {CallId{1}, CallId{2}};
  batch.arg_counts = {6, 1};
  batch.args = {{{1, 2, 3, 4, 5, 6}}, {{7, 8, 9, 10, 11, 12}}};
  batch.results = {-1, -2};
  batch.times_ns = {10, 20};
  again.take(batch, 1, Tid{3});
  CHECK(again.described() == describe_call({CallId{2}, 1, {7}, -2, 20, {}}));
  CHECK(again.tid == Tid{3});
  CHECK(again.time_ns == 20);
}

SCENARIO("a new executable is told once in the given time, and old ones make room") {
  RecentExecutables told(100);
  CHECK(told.tell("a", 1000));
  CHECK_FALSE(told.tell("a", 1099));
  CHECK_FALSE(told.tell("a", 901));
  CHECK(told.tell("b", 1050));
  CHECK(told.tell("a", 1100));
  for (std::size_t i = 0; i < RecentExecutables::kCapacity; ++i)
    CHECK(told.tell("x" + std::to_string(i), 2000));
  CHECK(told.tell("a", 1101));  // was forgotten
  CHECK(told.tell("a", 1001));  // the clock was set back
  CHECK_FALSE(told.tell("a", 1050));
  CHECK(told.tell("a", INT64_MAX));
  CHECK(told.tell("a", INT64_MIN));
}
