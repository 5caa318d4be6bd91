#include "analyzer/store/decisions_codec.h"

#include <random>

#include <catch2/catch.hpp>

using namespace da;

namespace {

Decisions some_decisions() {
  Decisions decisions;
  decisions.image = "sha256:1";
  decisions.name = "shop:1.4";
  decisions.frozen = true;
  decisions.generation = 3;
  decisions.forgotten = 2;
  decisions.unlearned = {{"4f0c", 7}, {"ab", 0}};
  decisions.programs[{"/bin/sh\n\xff", Arch::i386}] = {
      Ruling::rejected,        true, 7, 5, {append(append(kEmptyNgram, 9), 0x3fff), Ngram{1}},
      {append(kEmptyNgram, 3)}};
  Footprint footprint;
  footprint.add(kNoSymbol, 3);
  footprint.add(3, 512);
  ProgramDecisions& app = decisions.programs[{"/bin/app", Arch::x86_64}];
  app.accepted_footprints = {Footprint{}, footprint};
  app.accepted_objects = {{std::string("reads\0etc\0shadow", 16), 0}, {std::string("runs\0\xff", 6), 0}};
  app.rejected_objects = {{std::string("pace\0003\0000\0000", 10), 900}};
  decisions.starts[{"/bin/app", "/bin/sh"}] = Ruling::accepted;
  decisions.orders = {{"o-1", "accept", "exe-1", "ann", "a \x1b comment", 5, ""},
                      {"o-2", "freeze", "profile:x", "ann", "", 6, "no such profile"}};
  return decisions;
}

}  // namespace

SCENARIO("decisions come back as they were") {
  CHECK(decode_decisions(encode_decisions(some_decisions())) == some_decisions());
  CHECK(decode_decisions(encode_decisions({})) == Decisions{});
}

SCENARIO("decisions that were saved before there were habits are read") {
  Decisions before = some_decisions();
  for (auto& [key, program] : before.programs)
    program.accepted_objects = program.rejected_objects = {};
  std::string blob = encode_decisions(before);
  const std::string field = "\xa7objects\x90";
  const auto at = blob.find(field);
  REQUIRE(at != std::string::npos);
  blob.erase(at, field.size());
  blob[0] = static_cast<char>(blob[0] - 1);  // a field less
  CHECK(decode_decisions(blob) == before);
}

SCENARIO("damaged decisions are refused or harmless, never a crash") {
  const std::string blob = encode_decisions(some_decisions());
  CHECK_FALSE(decode_decisions(""));
  CHECK_FALSE(decode_decisions(blob + "x"));
  for (std::size_t length = 0; length < blob.size(); ++length)
    CHECK_FALSE(decode_decisions(blob.substr(0, length)));
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    std::string hostile = blob;
    for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips)
      hostile[random() % hostile.size()] = static_cast<char>(random());
    if (const auto decoded = decode_decisions(hostile)) CHECK_NOTHROW(encode_decisions(*decoded));
  }
  Decisions impossible = some_decisions();
  impossible.programs.begin()->second.known_since = 100;
  CHECK_FALSE(decode_decisions(encode_decisions(impossible)));
  Decisions no_symbol = some_decisions();
  no_symbol.programs.begin()->second.accepted = {append(kEmptyNgram, 0xffff)};
  CHECK_FALSE(decode_decisions(encode_decisions(no_symbol)));
}
