// The rules of windows, and what a profile keeps of whole threads.
#include "analyzer/model/whole_thread.h"

#include <memory>

#include <catch2/catch.hpp>

#include "tests/unit/model/profiles.h"

using namespace da;
using namespace da::test;

namespace {

LifeCycleOptions options() {
  LifeCycleOptions options = quick_options();
  options.shadow_calls = 1'600;
  return options;
}

Profile new_profile() {
  return Profile({"image", "/bin/app", Arch::x86_64}, options(), {});
}

/// One thread from its birth to its end, without a step of the life cycle.
void live(Profile& profile, const std::vector<int>& numbers, std::int64_t time) {
  ThreadState thread;
  profile.begin(thread, Beginning::birth, time);
  feed_part(profile, thread, numbers, time);
  static_cast<void>(profile.finish(thread, true));
  profile.end(thread);
}

std::vector<int> request(int kind) {
  std::vector<int> calls = kRequest;
  for (int i = 0; i < kind % 3; ++i)
    calls.insert(calls.end(), {20 + i, 9, 10, 11});
  calls.push_back(231);
  return calls;
}

/// As a curator does with the parts of several shards.
struct Sharded {
  explicit Sharded(std::size_t shards) {
    for (std::size_t i = 0; i < shards; ++i)
      parts.push_back(new_profile());
  }
  void add_up() {
    auto next = std::make_shared<Profile>(new_profile());
    if (whole) next->take_state_of(*whole);
    std::vector<const Profile*> pointers;
    for (const Profile& part : parts)
      pointers.push_back(&part);
    next->merge(pointers);
    next->advance();
    next->share_model(7 + next->life().round(), whole.get());
    whole = next;
    for (Profile& part : parts)
      part.follow(whole);
  }

  std::vector<Profile> parts;
  std::shared_ptr<Profile> whole;
};

/// The same threads, dealt out among shards; all add up after each ten.
void teach(Sharded& sharded) {
  std::int64_t time = 0;
  for (int i = 0; i < 1'000 && (!sharded.whole || sharded.whole->life().state() != ProfileState::armed);
       ++i) {
    live(sharded.parts[static_cast<std::size_t>(i) % sharded.parts.size()], request(i), time);
    time += 4 * kSecond;
    if (i % 10 == 9) sharded.add_up();
  }
}

}  // namespace

SCENARIO("a thread is observed at powers of two, then each 1,024 calls, and at its end unless it just was") {
  WholeThread whole;
  whole.begin(true);
  std::vector<std::uint32_t> observed;
  for (std::uint32_t call = 1; call <= 3'072; ++call) {
    if (whole.calls == 0) whole.open(nullptr, 0, kEmptyNgram);
    ++whole.calls;
    if (whole.is_due()) {
      observed.push_back(call);
      CHECK_FALSE(whole.is_due_at_end(true));
    }
    if (whole.is_over()) whole.next_window();
  }
  CHECK(observed == std::vector<std::uint32_t>{64, 128, 256, 512, 1024, 2048, 3072});
  CHECK(whole.complete);
  whole.calls = 511;
  CHECK_FALSE(whole.is_due_at_end(true));  // the rest of a long life
  whole.calls = 512;
  CHECK(whole.is_due_at_end(true));
  CHECK_FALSE(whole.is_due_at_end(false));
  whole.begin(true);
  whole.calls = 63;
  CHECK(whole.is_due_at_end(true));
  CHECK_FALSE(whole.is_due_at_end(false));  // it was ended, and did not choose where
  whole.calls = 65;
  CHECK(whole.is_due_at_end(false));
}

SCENARIO("behind a loss mark a thread is observed again when a window is complete") {
  WholeThread whole;
  whole.begin(true);
  whole.calls = 50;
  whole.cut_off();
  CHECK_FALSE(whole.complete);
  whole.calls = 64;
  CHECK_FALSE(whole.is_due());
  whole.calls = WholeThread::kWindow;
  CHECK(whole.is_due());
  whole.next_window();
  CHECK(whole.complete);
}

SCENARIO("threads dealt out among shards leave the same footprints, scale and threshold as in one") {
  Sharded one(1);
  Sharded two(2);
  Sharded five(5);
  for (Sharded* sharded : {&one, &two, &five}) {
    teach(*sharded);
    REQUIRE(sharded->whole->life().state() == ProfileState::armed);
    REQUIRE(sharded->whole->life().fitted() != nullptr);
    CHECK(sharded->whole->footprints() == one.whole->footprints());
    CHECK(sharded->whole->life().shadow().threads == one.whole->life().shadow().threads);
    CHECK(sharded->whole->life().fitted()->threshold == one.whole->life().fitted()->threshold);
    CHECK(sharded->whole->life().fitted()->observations == one.whole->life().fitted()->observations);
  }
  CHECK(one.whole->footprints().size() == 3);
}

SCENARIO("a program whose start was hardly learned is not judged as a whole by how it starts") {
  Sharded sharded(1);
  teach(sharded);
  Profile& part = sharded.parts[0];
  REQUIRE(part.life().state() == ProfileState::armed);
  ThreadState thread;
  part.begin(thread, Beginning::program, 0);
  CHECK_FALSE(thread.whole.complete);
  part.begin(thread, Beginning::birth, 0);
  CHECK(thread.whole.complete);
}

SCENARIO("a new round of shadow observes threads anew, and one that learns holds none out") {
  Profile profile = new_profile();
  std::int64_t time = 0;
  for (int i = 0; i < 200 && profile.life().state() == ProfileState::learning; ++i) {
    live(profile, request(i), time);
    time += 4 * kSecond;
    CHECK(profile.life().shadow().threads.observations() == 0);
    profile.advance();
  }
  REQUIRE(profile.life().state() == ProfileState::shadow);
  live(profile, request(1), time);
  CHECK(profile.life().shadow().threads.observations() == 1);
  // Calls never seen would have alerted: shadow begins again.
  const auto round = profile.life().round();
  for (int i = 0; i < 200 && profile.life().round() == round; ++i) {
    live(profile, i == 0 ? std::vector<int>{101, 165, 272, 101, 165, 272} : request(i), time);
    time += 4 * kSecond;
    profile.advance();
  }
  CHECK(profile.life().round() == round + 1);
  CHECK(profile.life().shadow().threads.observations() == 0);
}

SCENARIO("the budget is a share of the observations that are made in a day") {
  constexpr std::int64_t kDay = 86'400 * kSecond;
  CHECK(budgeted_share(1.0, 10'000, kDay) == Approx(1e-4));
  CHECK(budgeted_share(1.0, 10'000, kDay / 24) == Approx(1e-4 / 24));
  CHECK(budgeted_share(5.0, 10'000, kDay) == Approx(5e-4));
  CHECK(budgeted_share(1.0, 10, kDay) == kMostShare);
  CHECK(budgeted_share(1.0, 0, kDay) == kMostShare);
}

SCENARIO("a footprint is told by the numbers of its bits, and hostile numbers are none") {
  Footprint footprint;
  footprint.add(kNoSymbol, symbol_of(call(0)));
  footprint.add(symbol_of(call(0)), symbol_of(call(59)));
  const auto bits = bits_of(footprint);
  CHECK(bits.size() == 4);
  CHECK(bits[1] == 59);
  CHECK(footprint_of(bits) == footprint);
  CHECK_FALSE(footprint_of({1536}).has_value());
  CHECK(footprint_of({}) == Footprint{});
  Footprint more = footprint;
  more.add(symbol_of(call(59)), symbol_of(call(1)));
  CHECK(footprint.is_within(more));
  CHECK_FALSE(more.is_within(footprint));
}
