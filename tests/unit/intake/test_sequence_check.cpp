#include <catch2/catch.hpp>

#include "analyzer/intake/sequence_check.h"

using namespace da;
using Kind = SequenceVerdict::Kind;

namespace {

BatchHeader header(std::uint64_t epoch, std::uint64_t sequence, std::uint64_t before,
                   std::string host = "a") {
  return {std::move(host), Epoch{epoch}, sequence, before, 0};
}

}  // namespace

SCENARIO("batches that follow each other are in order") {
  SequenceCheck check;
  const auto first = check.judge(header(5, 1, 0), 10);
  CHECK(first.kind == Kind::new_epoch);
  CHECK(first.batches_lost == 0);
  CHECK(first.records_lost == 0);
  CHECK(check.judge(header(5, 2, 10), 20).continuous());
  CHECK(check.judge(header(5, 3, 30), 0).continuous());
  CHECK(check.judge(header(5, 4, 30), 1).continuous());
}

SCENARIO("hosts count for themselves") {
  SequenceCheck check;
  static_cast<void>(check.judge(header(5, 1, 0), 10));
  CHECK(check.judge(header(5, 1, 0, "b"), 10).kind == Kind::new_epoch);
  CHECK(check.judge(header(5, 2, 10), 1).continuous());
}

SCENARIO("a batch seen before is a duplicate and changes nothing") {
  SequenceCheck check;
  static_cast<void>(check.judge(header(5, 1, 0), 10));
  static_cast<void>(check.judge(header(5, 2, 10), 10));
  CHECK(check.judge(header(5, 1, 0), 10).kind == Kind::duplicate);
  CHECK(check.judge(header(5, 2, 10), 10).kind == Kind::duplicate);
  CHECK(check.judge(header(5, 0, 0), 10).kind == Kind::duplicate);
  CHECK(check.judge(header(5, 3, 20), 10).continuous());
}

SCENARIO("a gap is as large as sequence and r0 say") {
  SequenceCheck check;
  static_cast<void>(check.judge(header(5, 1, 0), 10));
  const auto gap = check.judge(header(5, 4, 60), 5);
  CHECK(gap.kind == Kind::gap);
  CHECK_FALSE(gap.continuous());
  CHECK(gap.batches_lost == 2);
  CHECK(gap.records_lost == 50);
  CHECK(check.judge(header(5, 5, 65), 5).continuous());
}

SCENARIO("records that no batch carried are a gap although no batch is missing") {
  SequenceCheck check;
  static_cast<void>(check.judge(header(5, 1, 0), 10));
  const auto gap = check.judge(header(5, 2, 15), 5);
  CHECK(gap.kind == Kind::gap);
  CHECK(gap.batches_lost == 0);
  CHECK(gap.records_lost == 5);
  const auto odd = check.judge(header(5, 3, 7), 5);  // counts backwards: not to be trusted
  CHECK(odd.kind == Kind::gap);
  CHECK(odd.records_lost == 0);
}

SCENARIO("a new run of a collector begins anew, with what is missing of its begin") {
  SequenceCheck check;
  static_cast<void>(check.judge(header(5, 1, 0), 10));
  const auto run = check.judge(header(4, 3, 100), 10);
  CHECK(run.kind == Kind::new_epoch);
  CHECK(run.batches_lost == 2);
  CHECK(run.records_lost == 100);
  CHECK(check.judge(header(4, 4, 110), 10).continuous());
}

SCENARIO("what was known survives as text, and only as what we wrote") {
  SequenceCheck before;
  static_cast<void>(before.judge(header(UINT64_MAX, 1, 0), 10));
  static_cast<void>(before.judge(header(UINT64_MAX, 2, 10), 10));
  const auto changes = before.take_changes();
  REQUIRE(changes.size() == 1);
  CHECK(before.take_changes().empty());
  const auto text = changes.at("a");
  REQUIRE(text);

  SequenceCheck after;
  REQUIRE(after.restore("a", *text));
  CHECK(after.take_changes().empty());
  CHECK(after.judge(header(UINT64_MAX, 2, 10), 10).kind == Kind::duplicate);
  CHECK(after.judge(header(UINT64_MAX, 3, 20), 10).continuous());

  for (const char* damaged : {"", "1", "1 2", "1 2 3 4", "1 2 x", "-1 2 3", "99999999999999999999 1 1"}) {
    CAPTURE(damaged);
    CHECK_FALSE(after.restore("b", damaged));
  }
}

SCENARIO("the longest silent host is forgotten when there are too many") {
  SequenceCheck check(2);
  static_cast<void>(check.judge(header(5, 1, 0, "a"), 1));
  static_cast<void>(check.judge(header(5, 1, 0, "b"), 1));
  static_cast<void>(check.judge(header(5, 2, 1, "a"), 1));
  static_cast<void>(check.take_changes());
  static_cast<void>(check.judge(header(5, 1, 0, "c"), 1));
  const auto changes = check.take_changes();
  REQUIRE(changes.size() == 2);
  CHECK_FALSE(changes.at("b").has_value());
  CHECK(check.judge(header(5, 3, 2, "a"), 1).continuous());
}

SCENARIO("numbers at the end of their range do not wrap around") {
  SequenceCheck check;
  static_cast<void>(check.judge(header(5, 1, 0), 1));
  const auto verdict = check.judge(header(5, UINT64_MAX, UINT64_MAX), 10);
  CHECK(verdict.kind == Kind::gap);
  CHECK(check.judge(header(5, 1, 0), 1).kind == Kind::duplicate);
}
