#include "proto/codec.h"

#include <catch2/catch.hpp>

#include "tests/support/batches.h"

namespace da {
namespace {

using test::random_batch;
using test::same_batch;
using test::sample_batch;
using Kind = CodecError::Kind;

SCENARIO("a batch comes back as it was encoded") {
  const SyscallBatch batch = sample_batch();
  const Decoded decoded = decode(encode(batch));
  REQUIRE(decoded);
  CHECK(same_batch(batch, *decoded));
  CHECK(decoded->captures[0].bytes == "/etc/passwd");
  CHECK(decoded->results[2] == kNoResult);
}

SCENARIO("an empty batch comes back empty") {
  SyscallBatch batch;
  batch.header.host = "h";
  const Decoded decoded = decode(encode(batch));
  REQUIRE(decoded);
  CHECK(same_batch(batch, *decoded));
}

SCENARIO("every consistent batch comes back as it was encoded") {
  std::size_t records = 0;
  std::size_t captures = 0;
  for (std::uint32_t seed = 1; seed <= 2000; ++seed) {
    const SyscallBatch batch = random_batch(seed);
    REQUIRE_FALSE(find_fault(batch));
    const Decoded decoded = decode(encode(batch));
    INFO("seed " << seed << (decoded ? "" : ": " + decoded.error().message));
    REQUIRE(decoded);
    REQUIRE(same_batch(batch, *decoded));
    records += batch.record_count();
    captures += batch.captures.size();
  }
  CHECK(records > 100'000);
  CHECK(captures > 10'000);
}

SCENARIO("the extremes of every integer come back") {
  SyscallBatch batch = sample_batch();
  batch.args[0] = {0, UINT64_MAX, std::uint64_t{1} << 63U, 0x7fffffffffffffffU, 0, 0};
  batch.results = {INT64_MAX, INT64_MIN + 1, kNoResult};
  batch.times_ns = {INT64_MIN, INT64_MAX, 0};
  batch.segments[0].tid = Tid{INT32_MIN};
  batch.segments[0].pid = Pid{INT32_MAX};
  batch.segments[1].tid = Tid{INT32_MAX};
  batch.segments[1].pid = Pid{INT32_MIN};
  batch.segments[0].task = TaskSerial{UINT64_MAX};
  batch.segments[1].lost = UINT64_MAX;
  batch.header.sequence = UINT64_MAX;
  batch.header.records_before = UINT64_MAX;
  const Decoded decoded = decode(encode(batch));
  REQUIRE(decoded);
  CHECK(same_batch(batch, *decoded));
}

SCENARIO("one call with changing argument counts keeps each record's own") {
  SyscallBatch batch = sample_batch();
  batch.calls = {CallId{1}, CallId{1}, CallId{1}};
  batch.arg_counts = {3, 6, 0};
  batch.args = {{{1, 2, 3, 0, 0, 0}, {4, 5, 6, 7, 8, 9}, {0, 0, 0, 0, 0, 0}}};
  const Decoded decoded = decode(encode(batch));
  REQUIRE(decoded);
  CHECK(same_batch(batch, *decoded));
}

SCENARIO("processes of one container do not repeat its texts") {
  SyscallBatch batch = sample_batch();
  const std::size_t one = encode(batch).size();
  batch.origins.push_back(batch.origins[0]);
  batch.origins[1].executable = "/bin/cat";
  CHECK(encode(batch).size() < one + 25);
  const Decoded decoded = decode(encode(batch));
  REQUIRE(decoded);
  CHECK(same_batch(batch, *decoded));
}

SCENARIO("usual records cost few bytes") {
  SyscallBatch batch = sample_batch();
  for (int i = 0; i < 1000; ++i) {
    batch.calls.push_back(CallId{i % 2 == 0 ? 0U : 1U});
    batch.arg_counts.push_back(3);
    batch.args.push_back({static_cast<std::uint64_t>(3 + i % 2), 0x7ffc00002000U, 4096, 0, 0, 0});
    batch.results.push_back(4096);
    batch.times_ns.push_back(batch.times_ns.back() + 8'000);
  }
  batch.segments[1].record_count += 1000;
  CHECK(encode(batch).size() < encode(sample_batch()).size() + 12'000);
}

SCENARIO("find_fault names what breaks the precondition") {
  const auto fault_of = [](auto&& change) {
    SyscallBatch batch = sample_batch();
    change(batch);
    const auto fault = find_fault(batch);
    return fault ? std::string(to_string(fault->kind)) + ": " + fault->message : "none";
  };
  using Catch::Matchers::StartsWith;
  CHECK(fault_of([](SyscallBatch&) {}) == "none");
  CHECK(fault_of([](SyscallBatch& b) { b.results.pop_back(); }) ==
        "inconsistent: columns of different length: 3 calls, 3 arguments, 2 results, 3 times");
  CHECK(fault_of([](SyscallBatch& b) { ++b.segments[0].record_count; }) ==
        "inconsistent: segments hold 4 records of 3");
  CHECK(fault_of([](SyscallBatch& b) { b.segments[0].record_count = UINT32_MAX; }) ==
        "inconsistent: segments hold 4294967296 records of 3");
  CHECK(fault_of([](SyscallBatch& b) { b.segments[0].origin = 1; }) ==
        "inconsistent: segment of origin 1 of 1");
  CHECK(fault_of([](SyscallBatch& b) { b.segments[0].flags = 16; }) == "inconsistent: segment flags 0x10");
  CHECK(fault_of([](SyscallBatch& b) { b.segments[0].lost = 1; }) ==
        "inconsistent: a segment that lost records is not marked as a gap");
  CHECK(fault_of([](SyscallBatch& b) { b.captures[0].record = 3; }) ==
        "inconsistent: capture of record 3 of 3");
  CHECK(fault_of([](SyscallBatch& b) { b.captures[0].arg = 6; }) == "inconsistent: capture of argument 6");
  CHECK(fault_of([](SyscallBatch& b) {
          b.captures.push_back(b.captures[0]);
          b.captures[0].record = 1;
        }) == "inconsistent: captures out of order");
  CHECK(fault_of([](SyscallBatch& b) { b.arg_counts[1] = 7; }) == "inconsistent: record 1: 7 arguments");
  CHECK(fault_of([](SyscallBatch& b) { b.calls[2] = CallId{1U << 26U}; }) ==
        "inconsistent: record 2: call id 0x4000000");
  CHECK(fault_of([](SyscallBatch& b) { b.captures[0].bytes.assign(WireLimits::capture_bytes + 1, 'x'); }) ==
        "limit_exceeded: a capture of 4097 bytes");
  CHECK(fault_of([](SyscallBatch& b) {
          b.origins[0].command_line.assign(WireLimits::text_bytes + 1, 'x');
        }) == "limit_exceeded: a text of 4097 bytes in an origin");
  CHECK(fault_of([](SyscallBatch& b) { b.origins.resize(WireLimits::origins + 1); }) ==
        "limit_exceeded: 4097 origins");
}

}  // namespace
}  // namespace da
