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

SCENARIO("the runs of a program come back, and of what was saved before they were counted, their number") {
  Profile profile = quick_profile();
  std::int64_t time = 0;
  for (int i = 0; i < 4; ++i) {
    ThreadState thread;
    profile.begin(thread, Beginning::program, time);
    feed(profile, thread, kRequest, time);
    profile.end_run(thread);
  }
  ThreadState forked;
  profile.begin(forked, Beginning::birth, time);
  feed(profile, forked, {257, 0, 1, 3, 7, 45, 80, 81}, time);
  profile.end_run(forked);
  const std::string blob = encode_profile(profile);
  const auto again = decoded(blob);
  REQUIRE(again);
  CHECK(again->life().learned().runs == 4);
  CHECK(again->life().recent_runs().blocks() == profile.life().recent_runs().blocks());
  CHECK(again->life().save().fresh_elsewhere);
  CHECK(encode_profile(*again) == blob);

  std::string old = blob;
  const std::size_t field = old.find("\xa4runs");
  REQUIRE(field != std::string::npos);
  old.replace(field, 5, "\xa4was_");  // a field that is not known
  const auto before = decoded(old);
  REQUIRE(before);
  CHECK(before->life().learned().runs == 3);
  CHECK(before->life().recent_runs().runs() == 0);
}

SCENARIO("what an image began from comes back as text that any terminal may show") {
  Image::Saved saved = some_image();
  saved.began_from = "shop:1.3\x1b[2J\n";
  const auto again = decode_image(encode_image(saved));
  REQUIRE(again);
  CHECK(again->began_from == saved.began_from);
  Image image("sha256:1", "shop:1.4", quick_options(), {});
  image.restore(*again, 0);
  CHECK(image.began_from() == "shop:1.3?[2J?");
  CHECK(image.reason().ends_with("began from shop:1.3?[2J?"));
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

SCENARIO("what is known of whole threads comes back as it was") {
  LifeCycleOptions options = quick_options();
  options.shadow_calls = 2'500;
  Profile profile({"image", "/bin/app", Arch::x86_64}, options, {});
  std::int64_t time = 0;
  for (int i = 0; i < 600 && profile.life().state() != ProfileState::armed; ++i) {
    ThreadState thread;
    profile.begin(thread, Beginning::birth, time);
    for (int round = 0; round <= i % 4; ++round)
      feed(profile, thread, kRequest, time);
    static_cast<void>(profile.finish(thread, true));
    profile.end(thread);
    if (i % 50 == 0) {
      const std::string blob = encode_profile(profile);
      const auto again = decode_profile(blob, options, {});
      REQUIRE(again);
      CHECK(again->footprints() == profile.footprints());
      CHECK(again->life().shadow().threads == profile.life().shadow().threads);
      CHECK(encode_profile(*again) == blob);
    }
  }
  Footprint odd;
  odd.add(kNoSymbol, symbol_of(call(101)));
  profile.teach({}, {odd});
  const Fitted* fitted = profile.life().thread_bounds().of(ThreadKind::thread);
  REQUIRE(fitted != nullptr);
  CHECK(profile.life().thread_bounds().of(ThreadKind::start) == nullptr);
  const std::string blob = encode_profile(profile);
  const auto again = decode_profile(blob, options, {});
  REQUIRE(again);
  CHECK(encode_profile(*again) == blob);
  CHECK(again->reason() == profile.reason());
  const Fitted* fitted_again = again->life().thread_bounds().of(ThreadKind::thread);
  REQUIRE(fitted_again != nullptr);
  CHECK(fitted_again->threshold == fitted->threshold);
  CHECK(again->life().thread_bounds().of(ThreadKind::start) == nullptr);
  CHECK(again->accepted_footprints() == std::set<Footprint>{odd});
  for (const Feature feature : {Feature::surprisal, Feature::pairs}) {
    CHECK(fitted_again->scale.z(feature, 0.5) == fitted->scale.z(feature, 0.5));
  }

  THEN("damaged ones are refused or harmless") {
    std::mt19937 random(2);
    int accepted = 0;
    for (int i = 0; i < 3000; ++i) {
      std::string hostile = blob;
      for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips)
        hostile[random() % hostile.size()] = static_cast<char>(random());
      auto result = decode_profile(hostile, options, {});
      if (!result) continue;
      ++accepted;
      CHECK(decode_profile(encode_profile(*result), options, {}));
      ThreadState thread;
      result->begin(thread, Beginning::birth, time);
      feed_part(*result, thread, {257, 0, 41, 1, 3, 7, 45, 44, 48, 257, 0}, time);
      static_cast<void>(result->finish(thread, true));
    }
    CHECK(accepted > 0);
  }
  THEN("one of a profile that another score of calls armed begins shadow anew") {
    ScoreOptions stide;
    stide.method = ScoreMethod::stide;
    const auto other = decode_profile(blob, options, stide);
    REQUIRE(other);
    CHECK(other->life().state() == ProfileState::shadow);
    CHECK(other->life().round() == profile.life().round() + 1);
    CHECK(other->life().thread_bounds().of(ThreadKind::thread) == nullptr);
    CHECK(other->counter().size() == profile.counter().size());
  }
}

SCENARIO("a profile that was saved before there were whole threads, or kinds of them, keeps its state") {
  // As version 2 wrote it: without the fields of version 3 and 4. Version 3 had others in place of the
  // latter.
  Profile profile = quick_profile();
  ThreadState thread;
  std::int64_t time = 0;
  REQUIRE(arm(profile, thread, time));
  std::string blob = encode_profile(profile);
  const auto cut = [&](const std::string& from, const std::string& to) {
    const auto begin = blob.find(from);
    const auto end = blob.find(to, begin);
    REQUIRE(begin != std::string::npos);
    REQUIRE(end != std::string::npos);
    blob.erase(begin, end - begin);
  };
  const auto name = [](const std::string& text) { return static_cast<char>(0xa0 + text.size()) + text; };
  const int version_written = GENERATE(2, 3);
  cut(name(version_written == 2 ? "call_score" : "held_out_start"), name("generation"));
  REQUIRE(blob.starts_with(std::string("\xde\x00", 2)));  // a map of more than 15
  blob[2] = static_cast<char>(blob[2] - (version_written == 2 ? 3 : 0) - 2 * static_cast<int>(kThreadKinds));
  const auto version = blob.find(std::string("\xa1v", 2));
  blob[version + 2] = static_cast<char>(version_written);
  const auto again = decoded(blob);
  REQUIRE(again);
  CHECK(again->life().state() == ProfileState::armed);
  CHECK(again->life().threshold() == profile.life().threshold());
  for (std::size_t i = 0; i < kThreadKinds; ++i)
    CHECK(again->life().thread_bounds().of(static_cast<ThreadKind>(i)) == nullptr);
  CHECK(again->footprints().size() == (version_written == 2 ? 0 : profile.footprints().size()));
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
