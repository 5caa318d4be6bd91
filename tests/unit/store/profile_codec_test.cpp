#include "analyzer/store/profile_codec.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include <catch2/catch.hpp>

#include "analyzer/store/lesson_column.h"
#include "tests/unit/model/profiles.h"

using namespace da;
using namespace da::test;

namespace {

Result<Profile> decoded(const std::string& blob) {
  return decode_profile(blob, quick_options(), {});
}

Profile learned_profile(int rounds) {
  Profile profile = quick_profile();
  ThreadState thread;
  std::int64_t time = 0;
  profile.begin(thread, Beginning::program, time);
  for (int i = 0; i < rounds; ++i)
    feed(profile, thread, kRequest, time);
  profile.begin(thread, Beginning::gap, time, 3);
  feed(profile, thread, {59, 21, 9, 12}, time);
  return profile;
}

Image::Saved some_image() {
  return {"sha256:1",
          "shop:1.4",
          true,
          false,
          5 * kSecond,
          {{10 * kSecond, 90 * kSecond}, {900 * kSecond, 901 * kSecond}},
          {{{"/bin/app", Arch::x86_64}, 700, 10 * kSecond, 90 * kSecond},
           {{"/bin/sh\n\xff", Arch::i386}, 3, kSecond, kSecond}},
          {{{"/bin/app", "/bin/sh"}, 40 * kSecond}}};
}

}  // namespace

SCENARIO("a profile comes back as it was, in every state of its life") {
  for (const int rounds : {0, 1, 14, 20, 60}) {
    const Profile profile = learned_profile(rounds);
    const std::string blob = encode_profile(profile);
    const auto again = decoded(blob);
    REQUIRE(again);
    CHECK(again->key() == profile.key());
    CHECK(again->life().state() == profile.life().state());
    CHECK(again->life().threshold() == profile.life().threshold());
    CHECK(again->reason() == profile.reason());
    CHECK(again->description() == profile.description());
    CHECK(again->counter().size() == profile.counter().size());
    CHECK(again->counter().singletons(6) == profile.counter().singletons(6));
    CHECK(again->life().novelty().unseen_mass() == profile.life().novelty().unseen_mass());
    CHECK_FALSE(again->changed());
    CHECK(encode_profile(*again) == blob);
  }
}

SCENARIO("a loaded profile goes on exactly as the saved one would have") {
  Profile original = learned_profile(10);
  auto loaded = decoded(encode_profile(original));
  REQUIRE(loaded);
  ThreadState a;
  ThreadState b;
  std::int64_t time_a = 100 * kSecond;
  std::int64_t time_b = 100 * kSecond;
  for (int i = 0; i < 9; ++i) {
    feed(original, a, kRequest, time_a);
    feed(*loaded, b, kRequest, time_b);
  }
  CHECK(encode_profile(*loaded) == encode_profile(original));
  CHECK(loaded->life().novelty().unseen_mass() == original.life().novelty().unseen_mass());
  CHECK(loaded->counter().total(6) == original.counter().total(6));
  CHECK(loaded->life().learned().calls == original.life().learned().calls);
}

SCENARIO("the same counts give the same bytes, in whatever order they were learned") {
  Profile forth = quick_profile();
  Profile back = quick_profile();
  ThreadState thread;
  std::int64_t time = 0;
  Profile a = quick_profile();
  Profile b = quick_profile();
  feed(a, thread, {0, 1, 3, 7, 45, 44, 48, 0, 1}, time);
  thread = {};
  feed(b, thread, {257, 48, 44, 45, 7, 3, 1}, time);
  forth.merge({&a, &b});
  back.merge({&b, &a});
  CHECK(encode_profile(forth) == encode_profile(back));
}

SCENARIO("an image comes back as it was") {
  Image image("sha256:1", "shop:1.4", quick_options(), {});
  const auto decoded_image = decode_image(encode_image(some_image()));
  REQUIRE(decoded_image);
  image.restore(*decoded_image, 1);
  CHECK(image.armed());
  CHECK_FALSE(image.changed());
  CHECK(image.knows_start("/bin/app", "/bin/sh"));
  CHECK(image.find({"/bin/app", Arch::x86_64})->profile != nullptr);
  CHECK(image.find({"/bin/sh\n\xff", Arch::i386})->profile == nullptr);  // no room for a second one
  CHECK(encode_image(image.save()) == encode_image(some_image()));
}

SCENARIO("a blob of a newer version, of another kind or another order is refused") {
  const std::string blob = encode_profile(learned_profile(3));
  std::string newer = blob;
  const auto at = newer.find(std::string("\xa1v", 2));
  REQUIRE(at != std::string::npos);
  REQUIRE(newer[at + 2] == static_cast<char>(kProfileVersion));
  ++newer[at + 2];
  REQUIRE_FALSE(decoded(newer));
  CHECK(decoded(newer).error().message() == "saved by a newer version");
  CHECK(decode_image(blob).error().message() == "not a saved image");
  ScoreOptions order_four;
  order_four.order = 4;
  CHECK(decode_profile(blob, quick_options(), order_four).error().message() ==
        "learned with another n-gram order");
}

SCENARIO("a blob larger than the options allow is refused") {
  LifeCycleOptions small = quick_options();
  small.max_ngrams = 10;
  CHECK_FALSE(decode_profile(encode_profile(learned_profile(3)), small, {}));
}

SCENARIO("damaged blobs are refused or harmless, never a crash") {
  const std::string profile = encode_profile(learned_profile(20));
  const std::string image = encode_image(some_image());
  CHECK_FALSE(decoded(""));
  CHECK_FALSE(decoded("\x80"));
  CHECK_FALSE(decoded(profile + "x"));
  CHECK_FALSE(decoded(std::string("\xdd\xff\xff\xff\xff", 5)));
  for (std::size_t length = 0; length < profile.size(); length += 7)
    CHECK_FALSE(decoded(profile.substr(0, length)));

  std::mt19937 random(1);
  int accepted = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string hostile = i % 2 == 0 ? profile : image;
    for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips)
      hostile[random() % hostile.size()] = static_cast<char>(random());
    if (const auto result = decoded(hostile)) {
      // What passes the checks must work: it can be used and saved again.
      ++accepted;
      Profile usable = quick_profile();
      usable.merge({&*result});
      CHECK(decoded(encode_profile(*result)));
    }
    if (const auto result = decode_image(hostile)) CHECK(result->programs.size() <= Image::kMaxPrograms);
  }
  CHECK(accepted > 0);
  CHECK(accepted < 1500);
}

namespace {

/// Taught by two containers in turn, and by both.
Profile taught_profile(bool second_first = false) {
  Profile profile = quick_profile();
  ThreadState first;
  ThreadState second;
  if (second_first) profile.taught_by(second, "second");
  profile.taught_by(first, "first");
  profile.taught_by(second, "second");
  std::int64_t time = Lessons::kUnit;
  for (int i = 0; i < 3; ++i) {
    feed_part(profile, first, {0, 1, 3, 7, 44}, time);
    feed_part(profile, second, {0, 1, 41, 42}, time);
    time += Lessons::kUnit;
  }
  return profile;
}

std::map<Ngram, std::uint16_t> lessons_of(const Profile& profile) {
  std::map<Ngram, std::uint16_t> lessons;
  profile.counter().for_each(
      [&](const NgramCounter::Entry& entry) { lessons[entry.ngram()] = entry.lesson; });
  return lessons;
}

}  // namespace

SCENARIO("who taught an n-gram is saved with it, the same whatever the containers' numbers are") {
  const Profile profile = taught_profile();
  const std::string blob = encode_profile(profile);
  CHECK(encode_profile(taught_profile(true)) == blob);
  CHECK(*teachers_of(blob) == std::vector<std::string>{"first", "second"});
  auto again = decode_profile(blob, quick_options(), {});
  REQUIRE(again);
  CHECK(encode_profile(*again) == blob);
  Profile before = profile;
  CHECK_FALSE(before.unlearn({{"second", 2 * Lessons::kUnit}}));
  CHECK_FALSE(again->unlearn({{"second", 2 * Lessons::kUnit}}));
  CHECK(encode_profile(*again) == encode_profile(before));

  // What was learned before that was kept, and the wholes, say nothing.
  Profile whole = quick_profile();
  whole.merge({&profile});
  CHECK(teachers_of(encode_profile(whole))->empty());
  for (const auto& [ngram, lesson] : lessons_of(*decode_profile(encode_profile(whole), quick_options(), {})))
    CHECK(lesson == Lessons::kUnknown);
}

SCENARIO("damaged lessons are refused or harmless, never a crash") {
  const Profile profile = taught_profile();
  const std::string lessons = encode_lessons(profile.counter());
  std::size_t refused = 0;
  const auto decode = [&](std::string_view bytes) {
    NgramCounter counter = profile.counter().without([](const auto&) { return false; });
    counter.lessons() = {};
    try {
      decode_lessons(bytes, counter);
      static_cast<void>(encode_lessons(counter));
    } catch (const std::exception&) {
      ++refused;
    }
  };
  for (std::size_t length = 1; length < lessons.size(); ++length)
    decode(std::string_view(lessons).substr(0, length));
  CHECK(refused == lessons.size() - 1);
  decode(lessons + '\1');
  CHECK(refused == lessons.size());
  for (std::size_t at = 0; at < lessons.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = lessons;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      decode(damaged);
    }
  }
}
