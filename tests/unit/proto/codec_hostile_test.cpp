// Payloads that no writer of ours made: cut, flipped, forged, from the future.
#include <functional>
#include <map>
#include <random>

#include <catch2/catch.hpp>
#include <msgpack.hpp>

#include "proto/codec.h"
#include "proto/codec_visitor.h"
#include "proto/payload_reader.h"
#include "tests/support/batches.h"

namespace da {
namespace {

using test::random_batch;
using test::same_batch;
using test::sample_batch;
using Packer = msgpack::packer<msgpack::sbuffer>;
using Value = std::function<void(Packer&)>;

/// A payload of one openat with two arguments, with the values of some keys replaced and keys added.
std::string forge(const std::map<std::string, Value>& changed, const std::string& left_out = "") {
  std::vector<std::pair<std::string, Value>> keys = {
      {"v", [](Packer& p) { p.pack(1); }},
      {"host", [](Packer& p) { p.pack("h"); }},
      {"epoch", [](Packer& p) { p.pack(1); }},
      {"seq", [](Packer& p) { p.pack(1); }},
      {"r0", [](Packer& p) { p.pack(0); }},
      {"t0", [](Packer& p) { p.pack(5); }},
      {"origins",
       [](Packer& p) {
         p.pack_array(1)
             .pack_array(9)
             .pack("")
             .pack("")
             .pack("")
             .pack("")
             .pack("/a")
             .pack("")
             .pack("")
             .pack(1)
             .pack(0);
       }},
      {"segs",
       [](Packer& p) {
         p.pack_array(1).pack_array(7).pack(1).pack(10).pack(0).pack(1).pack(0).pack(0).pack(0);
       }},
      {"calls", [](Packer& p) { p.pack_array(1).pack(257); }},
      {"nargs", [](Packer& p) { p.pack_array(1).pack(2); }},
      {"nargx", [](Packer& p) { p.pack_array(0); }},
      {"args", [](Packer& p) { p.pack_array(2).pack(-100).pack(7); }},
      {"results", [](Packer& p) { p.pack_array(1).pack(3); }},
      {"times", [](Packer& p) { p.pack_array(1).pack(0); }},
      {"caps", [](Packer& p) { p.pack_array(0); }},
  };
  std::erase_if(keys, [&](const auto& pair) { return pair.first == left_out; });
  for (const auto& [name, value] : changed) {
    const auto it =
        std::find_if(keys.begin(), keys.end(), [&key = name](const auto& pair) { return pair.first == key; });
    if (it == keys.end()) {
      keys.emplace_back(name, value);
    } else {
      it->second = value;
    }
  }
  msgpack::sbuffer buffer;
  Packer packer(buffer);
  packer.pack_map(static_cast<std::uint32_t>(keys.size()));
  for (const auto& [name, value] : keys) {
    packer.pack(name);
    value(packer);
  }
  return {buffer.data(), buffer.size()};
}

/// "kind: message" of a refusal, "" of a decoded batch.
std::string refusal(std::string_view payload) {
  const Decoded decoded = decode(payload);
  if (decoded) return "";
  CHECK_FALSE(decoded.error().message.empty());
  return std::string(to_string(decoded.error().kind)) + ": " + decoded.error().message;
}

/// Whatever comes in, what comes out is refused or consistent enough to be encoded again.
bool survives(std::string_view payload) {
  const Decoded decoded = decode(payload);
  if (!decoded) return false;
  REQUIRE_FALSE(find_fault(*decoded));
  const Decoded again = decode(encode(*decoded));
  REQUIRE(again);
  REQUIRE(same_batch(*decoded, *again));
  return true;
}

SCENARIO("a truncated payload is refused at every length") {
  for (const SyscallBatch& batch : {sample_batch(), random_batch(3), random_batch(11)}) {
    const std::string payload = encode(batch);
    for (std::size_t size = 0; size < payload.size(); ++size) {
      // A copy of exactly this size lets the sanitizer see a read beyond it.
      const std::vector<char> cut(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size));
      REQUIRE_FALSE(decode(std::string_view(cut.data(), cut.size())));
    }
    REQUIRE_FALSE(decode(payload + '\0'));
  }
}

SCENARIO("a damaged batch is refused or consistent, whichever bit is damaged") {
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const SyscallBatch& batch : {sample_batch(), random_batch(2), random_batch(5)}) {
    std::string payload = encode(batch);
    const std::size_t step = payload.size() < 1000 ? 1 : 37;  // prime to 8, so that every bit has its turn
    for (std::size_t bit = 0; bit < payload.size() * 8; bit += step) {
      const auto mask = static_cast<char>(1U << (bit % 8));
      payload[bit / 8] = static_cast<char>(payload[bit / 8] ^ mask);
      ++(survives(payload) ? accepted : refused);
      payload[bit / 8] = static_cast<char>(payload[bit / 8] ^ mask);
    }
  }
  CHECK(accepted > 1000);  // most bits are of texts and arguments, which may be anything
  CHECK(refused > 1000);
}

SCENARIO("bytes replaced, removed and doubled at random never harm the reader") {
  std::mt19937 random(42);
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    const std::string original = encode(random_batch(seed));
    for (int round = 0; round < 10; ++round) {
      std::string payload = original;
      for (std::uint32_t changes = 1 + random() % 4; changes > 0; --changes) {
        const std::size_t at = random() % payload.size();
        switch (random() % 3) {
          case 0:
            payload[at] = static_cast<char>(random());
            break;
          case 1:
            payload.erase(at, 1 + random() % 8);
            break;
          default:
            payload.insert(at, payload.substr(at, 1 + random() % 32));
            break;
        }
        if (payload.empty()) payload = "\x8f";
      }
      survives(payload);
    }
  }
  SUCCEED("no crash, no hang, nothing inconsistent");
}

SCENARIO("noise is refused") {
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string payload(random() % 64, '\0');
    for (char& c : payload)
      c = static_cast<char>(random());
    REQUIRE_FALSE(decode(payload));
    payload.insert(0, std::string("\x8f\xa1v\x01", 4));
    REQUIRE_FALSE(decode(payload));
  }
}

SCENARIO("a forged payload is a valid one to begin with") {
  const Decoded decoded = decode(forge({}));
  REQUIRE(decoded);
  CHECK(decoded->args[0][0] == static_cast<std::uint64_t>(-100));
  CHECK(decoded->header.host == "h");
}

SCENARIO("a newer version is refused by name, whatever its layout") {
  CHECK(refusal(forge(
            {{"v", [](Packer& p) { p.pack(3); }}, {"calls", [](Packer& p) { p.pack("encrypted"); }}})) ==
        "newer_version: version 3 is newer than this reader's 2");
  CHECK(refusal(std::string("\x81\xa1v\x07", 4)) == "newer_version: version 7 is newer than this reader's 2");
  CHECK(refusal(forge({{"v", [](Packer& p) { p.pack(0); }}})) == "malformed: a version that never was in v");
  CHECK(refusal(forge({{"v", [](Packer& p) { p.pack(-1); }}})) == "malformed: a version that never was in v");
  CHECK(refusal(forge({}, "v")) == "malformed: does not begin with a version");
}

SCENARIO("what a later minor version adds is ignored") {
  const Value nested = [](Packer& p) {
    p.pack_map(2).pack("v").pack(9).pack("calls").pack_array(3).pack_nil().pack(1.5).pack_array(1).pack("x");
  };
  const Decoded plain = decode(forge({}));
  const Decoded extended = decode(forge({{"zz", nested}, {"yy", [](Packer& p) { p.pack(true); }}}));
  REQUIRE(extended);
  CHECK(same_batch(*plain, *extended));

  const Decoded longer_row = decode(forge({{"segs", [](Packer& p) {
                                              p.pack_array(1)
                                                  .pack_array(9)
                                                  .pack(1)
                                                  .pack(10)
                                                  .pack(0)
                                                  .pack(1)
                                                  .pack(0)
                                                  .pack(0)
                                                  .pack(0)
                                                  .pack("new")
                                                  .pack_array(2)
                                                  .pack(1)
                                                  .pack_map(0);
                                            }}}));
  REQUIRE(longer_row);
  CHECK(same_batch(*plain, *longer_row));

  const Decoded new_flag = decode(
      forge({{"segs", [](Packer& p) {
                p.pack_array(1).pack_array(7).pack(1).pack(10).pack(0).pack(1).pack(0x21).pack(0).pack(0);
              }}}));
  REQUIRE(new_flag);
  CHECK(new_flag->segments[0].flags == 1);

  const Decoded new_kind = decode(forge({{"caps", [](Packer& p) {
                                            p.pack_array(2)
                                                .pack_array(4)
                                                .pack(0)
                                                .pack(0)
                                                .pack(99)
                                                .pack("?")
                                                .pack_array(4)
                                                .pack(0)
                                                .pack(1)
                                                .pack(0x80)
                                                .pack("/etc");
                                          }}}));
  REQUIRE(new_kind);
  REQUIRE(new_kind->captures.size() == 1);
  CHECK(new_kind->captures[0].truncated);
  CHECK(new_kind->captures[0].bytes == "/etc");
}

SCENARIO("nesting inside an unknown key is bounded") {
  const auto nested = [](int depth) {
    return forge({{"zz", [depth](Packer& p) {
                     for (int i = 0; i < depth; ++i)
                       p.pack_array(1);
                     p.pack(1);
                   }}});
  };
  CHECK(refusal(nested(16)).empty());
  CHECK(refusal(nested(17)) == "limit_exceeded: nested too deeply");
  CHECK(refusal(nested(100'000)) == "limit_exceeded: nested too deeply");
}

SCENARIO("each key is needed and comes once") {
  for (const char* key : {"host", "epoch", "seq", "r0", "t0", "origins", "segs", "calls", "nargs", "nargx",
                          "args", "results", "times", "caps"}) {
    CHECK(refusal(forge({}, key)) == "malformed: no key \"" + std::string(key) + "\"");
  }
  std::string twice = forge({{"zzzz", [](Packer& p) { p.pack(1); }}});
  twice.replace(twice.find("zzzz"), 4, "host");
  CHECK(refusal(twice) == "malformed: host twice");
}

SCENARIO("a value of the wrong type is refused") {
  const Value text = [](Packer& p) { p.pack("x"); };
  const Value nil = [](Packer& p) { p.pack_nil(); };
  const Value texts = [](Packer& p) { p.pack_array(1).pack("x"); };
  const Value map = [](Packer& p) { p.pack_map(0); };
  const Value number = [](Packer& p) { p.pack(1); };
  for (const char* key : {"epoch", "seq", "r0", "t0"}) {
    for (const Value& value : {text, nil, texts, map})
      CHECK(refusal(forge({{key, value}})).starts_with("malformed: "));
  }
  for (const char* key : {"origins", "segs", "calls", "nargs", "nargx", "args", "results", "times", "caps"}) {
    for (const Value& value : {text, nil, texts, map, number}) {
      CHECK(refusal(forge({{key, value}})).starts_with("malformed: "));
    }
  }
  CHECK(refusal(forge({{"host", number}})) == "malformed: an integer in host");
  CHECK(refusal(forge({{"seq", [](Packer& p) { p.pack(-1); }}})) == "malformed: a negative number in seq");
  CHECK(refusal(forge({{"t0", [](Packer& p) { p.pack(UINT64_MAX); }}})) == "malformed: a huge number in t0");
  CHECK(refusal(forge({{"calls", [](Packer& p) { p.pack_array(1).pack_nil(); }}})) ==
        "malformed: nil in calls");
  CHECK(refusal(forge({{"args", [](Packer& p) { p.pack_array(2).pack(UINT64_MAX).pack(0); }}})) ==
        "malformed: an integer out of range in args");
  CHECK(refusal("\xc0") == "malformed: not a map");
  CHECK(refusal("\x93\x01\x02\x03") == "malformed: not a map");
  CHECK(refusal(std::string("\x81\x01\x01", 3)) == "malformed: an integer as a key");
  CHECK(refusal("\xc1").starts_with("malformed: no msgpack at byte"));
  CHECK(refusal("") == "malformed: cut off at byte 0");
}

SCENARIO(
    "whatever the bytes, columns are read as msgpack's parser would read them, and refused in its words") {
  const auto words = [](const detail::BatchVisitor& visitor) {
    return visitor.error ? std::string(to_string(visitor.error->kind)) + ": " + visitor.error->message : "";
  };
  std::mt19937_64 random(5);
  int taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string payload =
        encode(i % 2 == 0 ? sample_batch() : random_batch(static_cast<std::uint32_t>(random())));
    if (i % 3 == 0) payload.resize(random() % payload.size());
    for (std::size_t changes = random() % 4; changes > 0 && !payload.empty(); --changes) {
      char& byte = payload[random() % payload.size()];
      byte = static_cast<char>(random() % 2 == 0 ? random() : 0xc0 + random() % 32);
    }
    detail::BatchVisitor visitor(payload.size());
    detail::BatchVisitor whole(payload.size());
    detail::PayloadReader reader(payload, visitor);
    std::size_t end = 0;
    const bool read = reader.read();
    REQUIRE(read == msgpack::parse(payload.data(), payload.size(), end, whole));
    REQUIRE(words(visitor) == words(whole));
    if (!read) continue;
    ++taken;
    REQUIRE(reader.end() == end);
    REQUIRE(visitor.calls == whole.calls);
    REQUIRE(visitor.nargs == whole.nargs);
    REQUIRE(visitor.nargx == whole.nargx);
    REQUIRE(visitor.args == whole.args);
    REQUIRE(visitor.batch.results == whole.batch.results);
    REQUIRE(visitor.batch.times_ns == whole.batch.times_ns);
    REQUIRE(visitor.batch.captures.size() == whole.batch.captures.size());
  }
  CHECK(taken > 1'000);
}

SCENARIO("an origin's text repeats the origin before, if there is one") {
  const auto origins = [](int count) {
    return forge({{"origins", [count](Packer& p) {
                     p.pack_array(static_cast<std::uint32_t>(count));
                     for (int i = 0; i < count; ++i) {
                       p.pack_array(9);
                       for (const char* text : {"id", "name", "image", "sha", "/bin/a", "/bin/b"}) {
                         i == 0 ? p.pack(text) : p.pack_nil();
                       }
                       p.pack("args").pack(1).pack(0);
                     }
                   }}});
  };
  const Decoded decoded = decode(origins(3));
  REQUIRE(decoded);
  CHECK(decoded->origins[2].container_id == "id");
  CHECK(decoded->origins[2].parent_executable == "/bin/b");
  CHECK(decoded->origins[2].command_line == "args");
  const auto row = [](auto fill) {
    return forge({{"origins", [fill](Packer& p) { fill(p.pack_array(1).pack_array(9)); }}});
  };
  CHECK(refusal(row([](Packer& p) { p.pack_nil(); })) == "malformed: nil in origins");

  // Labels came later than the rest: a writer may not know them, and may repeat them.
  CHECK(decoded->origins[2].labels.empty());
  const Decoded labelled = decode(forge({{"origins", [](Packer& p) {
                                            p.pack_array(2);
                                            for (int i = 0; i < 2; ++i) {
                                              p.pack_array(11);
                                              for (int text = 0; text < 7; ++text)
                                                p.pack("text");
                                              p.pack(1).pack(0);
                                              i == 0 ? p.pack("team=web") : p.pack_nil();
                                              p.pack_map(0);
                                            }
                                          }}}));
  REQUIRE(labelled);
  CHECK(labelled->origins[0].labels == "team=web");
  CHECK(labelled->origins[1].labels == "team=web");

  // 4,096 times the same 4 KB in a payload of 40 KB is not worth 100 MB of memory.
  const std::string bomb = forge({{"origins", [](Packer& p) {
                                     p.pack_array(4096);
                                     for (int i = 0; i < 4096; ++i) {
                                       p.pack_array(9);
                                       for (int text = 0; text < 7; ++text)
                                         i == 0 ? p.pack(std::string(4096, 'x')) : p.pack_nil();
                                       p.pack(1).pack(0);
                                     }
                                   }}});
  CHECK(refusal(bomb) == "limit_exceeded: too many bytes of texts in origins");
}

SCENARIO("counts that do not add up are refused") {
  const auto list = [](std::vector<std::int64_t> values) -> Value {
    return [values](Packer& p) { p.pack(values); };
  };
  CHECK(refusal(forge({{"args", list({1})}})) == "inconsistent: fewer arguments than the calls have");
  CHECK(refusal(forge({{"args", list({1, 2, 3})}})) == "inconsistent: more arguments than the calls have");
  CHECK(refusal(forge({{"nargs", list({})}})) == "inconsistent: more distinct calls than argument counts");
  CHECK(refusal(forge({{"nargs", list({2, 0})}})) ==
        "inconsistent: more argument counts than distinct calls");
  CHECK(refusal(forge({{"nargs", list({7})}})) == "inconsistent: a call of 7 arguments");
  CHECK(refusal(forge({{"nargs", list({-1})}})) == "inconsistent: a call of -1 arguments");
  CHECK(refusal(forge({{"nargx", list({0})}})) == "inconsistent: half a pair in nargx");
  CHECK(refusal(forge({{"nargx", list({1, 2})}})) == "inconsistent: nargx beyond the last record");
  CHECK(refusal(forge({{"nargx", list({-1, 2})}})) == "inconsistent: nargx beyond the last record");
  CHECK(refusal(forge({{"nargx", list({0, 9})}})) == "inconsistent: a call of 9 arguments");
  CHECK(refusal(forge({{"nargx", list({0, 2, 0, 2})}})) == "inconsistent: nargx out of order");
  CHECK(refusal(forge({{"nargx", list({0, 0})}, {"args", list({})}})).empty());
  CHECK(refusal(forge({{"calls", list({1 << 26})}})) == "inconsistent: record 0: no call has this number");
  CHECK(refusal(forge({{"calls", list({-1})}})) == "inconsistent: record 0: no call has this number");
  CHECK(refusal(forge({{"results", list({})}})).starts_with("inconsistent: columns of different length"));
  CHECK(refusal(forge({{"times", list({1, 2})}})).starts_with("inconsistent: columns of different length"));
  const auto segment = [](std::int64_t task, std::int64_t tid, std::int64_t pid, std::int64_t count,
                          std::int64_t flags, std::int64_t origin, std::int64_t lost) {
    return forge({{"segs", [=](Packer& p) {
                     p.pack_array(1)
                         .pack_array(7)
                         .pack(task)
                         .pack(tid)
                         .pack(pid)
                         .pack(count)
                         .pack(flags)
                         .pack(origin)
                         .pack(lost);
                   }}});
  };
  CHECK(refusal(segment(1, 10, 0, 1, 0, 0, 0)).empty());
  CHECK(refusal(segment(1, 10, 0, 2, 0, 0, 0)) == "inconsistent: segments hold 2 records of 1");
  CHECK(refusal(segment(1, 10, 0, 1, 0, 1, 0)) == "inconsistent: segment of origin 1 of 1");
  CHECK(refusal(segment(1, 10, 0, 1, 0, 0, 4)) ==
        "inconsistent: a segment that lost records is not marked as a gap");
  CHECK(refusal(segment(1, 10, 0, 1, 256, 0, 0)) ==
        "inconsistent: element 4 of a row of segs is out of range");
  CHECK(refusal(segment(1, 1LL << 31, 0, 1, 0, 0, 0)) ==
        "inconsistent: element 1 of a row of segs is out of range");
  CHECK(refusal(segment(1, 10, INT64_MIN, 1, 0, 0, 0)) ==
        "inconsistent: element 2 of a row of segs is out of range");
  CHECK(refusal(segment(1, 10, 0, -1, 0, 0, 0)) ==
        "inconsistent: element 3 of a row of segs is out of range");
  CHECK(
      refusal(forge({{"segs", [](Packer& p) { p.pack_array(1).pack_array(3).pack(1).pack(1).pack(1); }}})) ==
      "malformed: a short row in segs");
  const auto capture = [](std::int64_t record, std::int64_t arg, std::int64_t kind) {
    return forge({{"caps", [=](Packer& p) {
                     p.pack_array(1).pack_array(4).pack(record).pack(arg).pack(kind).pack("x");
                   }}});
  };
  CHECK(refusal(capture(0, 0, 0)).empty());
  CHECK(refusal(capture(1, 0, 0)) == "inconsistent: capture of record 1 of 1");
  CHECK(refusal(capture(0, 6, 0)) == "inconsistent: element 1 of a row of caps is out of range");
  CHECK(refusal(capture(-1, 0, 0)) == "inconsistent: element 0 of a row of caps is out of range");
  CHECK(refusal(capture(0, 0, 256)) == "inconsistent: element 2 of a row of caps is out of range");
}

SCENARIO("what is beyond the limits is refused before it is stored") {
  const auto zeros = [](std::size_t count) -> Value {
    return [count](Packer& p) { p.pack(std::vector<int>(count)); };
  };
  CHECK(refusal(forge({{"calls", zeros(WireLimits::records + 1)}})) ==
        "limit_exceeded: 65537 elements in calls");
  CHECK(refusal(forge({{"caps", zeros(WireLimits::captures + 1)}})) ==
        "limit_exceeded: 131073 elements in caps");
  CHECK(refusal(forge({{"origins", zeros(WireLimits::origins + 1)}})) ==
        "limit_exceeded: 4097 elements in origins");
  CHECK(refusal(forge({{"segs", zeros(WireLimits::segments + 1)}})) ==
        "limit_exceeded: 65537 elements in segs");
  const auto text = [](std::size_t size) -> Value {
    return [size](Packer& p) { p.pack(std::string(size, 'x')); };
  };
  CHECK(refusal(forge({{"host", text(WireLimits::text_bytes)}})).empty());
  CHECK(refusal(forge({{"host", text(WireLimits::text_bytes + 1)}})) == "limit_exceeded: 4097 bytes in host");
  CHECK(refusal(std::string(WireLimits::payload_bytes + 1, 'x')) ==
        "limit_exceeded: a payload of 1048577 bytes");

  // Counts that promise what cannot follow allocate nothing.
  for (const char* claim : {"\xdd\xff\xff\xff\xff", "\xdd\x00\x00\xff\xff", "\xdc\xff\xff"}) {
    std::string payload = forge({}, "caps");
    payload[0] = '\x8f';
    payload += std::string("\xa4") + "caps";
    payload.append(claim, claim[0] == '\xdc' ? 3 : 5);
    CHECK(refusal(payload) == "malformed: a count beyond the payload in caps");
  }
}

SCENARIO("a full batch of the largest size the limits allow comes back") {
  SyscallBatch batch;
  batch.origins.emplace_back();
  batch.segments.push_back({TaskSerial{1}, Tid{1}, Pid{1}, WireLimits::records, 0, 0, 0});
  batch.calls.assign(WireLimits::records, CallId{39});
  batch.arg_counts.assign(WireLimits::records, 6);
  batch.args.resize(WireLimits::records);
  batch.results.assign(WireLimits::records, 1);
  batch.times_ns.assign(WireLimits::records, 0);
  const std::string payload = encode(batch);
  CHECK(payload.size() < WireLimits::payload_bytes);
  const Decoded decoded = decode(payload);
  REQUIRE(decoded);
  CHECK(same_batch(batch, *decoded));
}

}  // namespace
}  // namespace da
