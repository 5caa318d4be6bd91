#include "analyzer/detect/evidence_ring.h"

#include <catch2/catch.hpp>

#include "analyzer/detect/recent_executables.h"

using namespace da;

namespace {

SyscallRecord record_at(std::int64_t time) {
  SyscallRecord record;
  record.time_ns = time;
  return record;
}

}  // namespace

SCENARIO("the ring keeps the last 40 calls, oldest first") {
  EvidenceRing ring;
  for (std::int64_t i = 0; i < 20; ++i)
    ring.push(record_at(i), Tid{1});
  CHECK(ring.size() == 20);
  CHECK(ring[0].record.time_ns == 0);
  for (std::int64_t i = 20; i < 100; ++i)
    ring.push(record_at(i), Tid{1});
  CHECK(ring.size() == EvidenceRing::kCapacity);
  CHECK(ring[0].record.time_ns == 60);
  CHECK(ring[39].record.time_ns == 99);
  CHECK(ring.pushed() == 100);
}

SCENARIO("a slot that is used again has nothing left of its former call") {
  EvidenceRing ring;
  for (std::size_t i = 0; i < EvidenceRing::kCapacity; ++i) {
    Evidence& evidence = ring.push(record_at(1), Tid{1});
    evidence.unseen = evidence.after_gap = true;
    evidence.captures.push_back({0, CapturedKind::path, false, "secret"});
  }
  const Evidence& again = ring.push(record_at(2), Tid{2});
  CHECK_FALSE(again.unseen);
  CHECK_FALSE(again.after_gap);
  CHECK(again.captures.empty());
  CHECK(again.tid == Tid{2});
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
