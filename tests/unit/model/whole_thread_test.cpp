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
  whole.begin(ThreadOrigin::thread);
  std::vector<std::uint32_t> observed;
  for (std::uint32_t call = 1; call <= 3'072; ++call) {
    if (whole.calls == 0) whole.open(ThreadKind::thread, nullptr, 0, kEmptyNgram);
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
  whole.begin(ThreadOrigin::thread);
  whole.calls = 63;
  CHECK(whole.is_due_at_end(true));
  CHECK_FALSE(whole.is_due_at_end(false));  // it was ended, and did not choose where
  whole.calls = 65;
  CHECK(whole.is_due_at_end(false));
}

SCENARIO("behind a loss mark a thread is observed again when a window is complete") {
  WholeThread whole;
  whole.begin(ThreadOrigin::thread);
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
    const Fitted* fitted = sharded->whole->life().thread_bounds().of(ThreadKind::thread);
    REQUIRE(fitted != nullptr);
    const Fitted* in_one = one.whole->life().thread_bounds().of(ThreadKind::thread);
    CHECK(sharded->whole->footprints() == one.whole->footprints());
    CHECK(sharded->whole->life().shadow().threads == one.whole->life().shadow().threads);
    CHECK(fitted->threshold == in_one->threshold);
    CHECK(fitted->observations == in_one->observations);
  }
  CHECK(one.whole->footprints().size() == 3);
}

SCENARIO("a window is a start's while its process began lately, and else the first or a later one") {
  constexpr std::int64_t kGrace = 30 * kSecond;
  constexpr std::int64_t kExec = 1'000 * kSecond;
  const auto kind_of = [](const WholeThread& whole, std::int64_t seconds) {
    return whole.kind_at(kExec + seconds * kSecond, kGrace);
  };
  WholeThread whole;
  whole.begin(ThreadOrigin::process, ProcessStart{kExec, true});
  CHECK(kind_of(whole, 0) == ThreadKind::start);
  CHECK(kind_of(whole, 29) == ThreadKind::start);
  whole.next_window();
  CHECK(kind_of(whole, 29) == ThreadKind::start);
  CHECK(kind_of(whole, 30) == ThreadKind::later);
  CHECK(kind_of(whole, -40) == ThreadKind::later);               // the clock was set back
  whole.begin(ThreadOrigin::thread, ProcessStart{kExec, true});  // of a starting process
  CHECK(kind_of(whole, 1) == ThreadKind::start);
  whole.begin(ThreadOrigin::thread);
  CHECK(kind_of(whole, 1) == ThreadKind::thread);
  whole.begin(ThreadOrigin::process);
  CHECK(kind_of(whole, 1) == ThreadKind::process);
  whole.next_window();
  CHECK(kind_of(whole, 1) == ThreadKind::later);
  whole.cut_off();
  whole.process = ProcessStart{kExec, false};  // met in mid-life
  CHECK_FALSE(kind_of(whole, 1).has_value());
  CHECK(kind_of(whole, 31) == ThreadKind::later);
}

SCENARIO("a start's window ends with the start") {
  constexpr std::int64_t kGrace = 30 * kSecond;
  WholeThread whole;
  whole.begin(ThreadOrigin::process, ProcessStart{0, true});
  CHECK_FALSE(whole.outlives_start(31 * kSecond, kGrace));  // none is open
  whole.open(ThreadKind::start, nullptr, 0, kEmptyNgram);
  whole.calls = 700;
  CHECK_FALSE(whole.outlives_start(29 * kSecond, kGrace));
  CHECK(whole.outlives_start(31 * kSecond, kGrace));
  whole.next_window();
  whole.open(*whole.kind_at(31 * kSecond, kGrace), nullptr, 0, kEmptyNgram);
  ++whole.calls;
  CHECK_FALSE(whole.outlives_start(32 * kSecond, kGrace));
}

SCENARIO("a kind of which too little was held out is not judged, and the profile says so") {
  Sharded sharded(1);
  teach(sharded);
  Profile& part = sharded.parts[0];
  REQUIRE(part.life().state() == ProfileState::armed);
  const std::vector<int> odd = {231, 45, 257, 44, 0, 48, 1, 231, 7, 3, 45, 45, 257, 1, 48, 0, 231};
  const auto verdict_on = [&](Beginning beginning) {
    ThreadState thread;
    std::int64_t time = 1'000'000 * kSecond;
    part.begin(thread, beginning, time);
    feed_part(part, thread, odd, time);
    thread.whole.explained = false;  // by its calls, which is not what this is about
    return part.finish(thread, true);
  };
  CHECK(verdict_on(Beginning::program) == nullptr);
  CHECK(verdict_on(Beginning::fork) == nullptr);
  const auto verdict = verdict_on(Beginning::birth);
  REQUIRE(verdict != nullptr);
  CHECK(verdict->kind == ThreadKind::thread);
  const std::string reason = part.reason();
  CHECK(reason.find("whole threads: threads above ") != std::string::npos);
  CHECK(reason.find("; not judged: starts (0 of 100 observations), processes (0), later windows (0)") !=
        std::string::npos);
}

SCENARIO("each kind has a scale and a threshold of its own, and its part of the budget") {
  HeldOutThreads held_out;
  Features quiet;
  quiet[Feature::surprisal] = 0.5;
  Features loud;
  loud[Feature::surprisal] = 6.0;
  for (int i = 0; i < 2'000; ++i)
    held_out.add(ThreadKind::thread, quiet);
  for (int i = 0; i < 400; ++i)
    held_out.add(ThreadKind::start, loud);
  for (int i = 0; i < 99; ++i)
    held_out.add(ThreadKind::later, quiet);
  constexpr std::int64_t kDay = 86'400 * kSecond;
  const ThreadBounds bounds = held_out.fit(20.0, kDay);
  CHECK(bounds.of(ThreadKind::later) == nullptr);
  CHECK(bounds.of(ThreadKind::process) == nullptr);
  const Fitted* threads = bounds.of(ThreadKind::thread);
  const Fitted* starts = bounds.of(ThreadKind::start);
  REQUIRE(threads != nullptr);
  REQUIRE(starts != nullptr);
  CHECK(starts->scale.score(loud, kCombinedWeights) <= starts->threshold);
  CHECK(threads->scale.score(loud, kCombinedWeights) > threads->threshold);
  // 10 alarms a day of 2,000 and of 400 observations: 0.5 %, and 1 % at most.
  CHECK(threads->certified);
  CHECK(starts->certified);
  CHECK(held_out.fit(2.0, kDay).of(ThreadKind::thread)->missing == 5'990 - 2'000);
  CHECK(held_out.fit(2.0, kDay).of(ThreadKind::start)->missing == 1'197 - 400);
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
