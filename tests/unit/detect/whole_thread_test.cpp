// Threads judged as a whole: learned, held out, armed, told, accepted, and taken over.
#include <algorithm>
#include <initializer_list>
#include <memory>

#include <catch2/catch.hpp>

#include "analyzer/store/profile_codec.h"
#include "tests/unit/detect/world.h"

using namespace da;
using namespace da::test;

namespace {

/// What each thread of the server does: four steps of six calls, in this order.
const std::vector<std::vector<int>> kSteps = {
    {257, 5, 9, 0, 3, 10}, {41, 42, 44, 45, 7, 16}, {2, 4, 17, 18, 8, 11}, {1, 20, 54, 55, 48, 6}};

DetectorOptions options_for(ScoreMethod method = ScoreMethod::combined) {
  DetectorOptions options = quick_detector();
  options.life.shadow_calls = 5'000;
  options.score.method = method;
  if (options.score.call_score() != CallScore::departures)
    options.score.minimum = ScoreOptions::kStideMinimum;
  return options;
}

/// A server with a thread for each request.
struct Server {
  explicit Server(DetectorOptions options = options_for())
      : analysis(std::make_unique<Analysis>(options)), main(world.start("/bin/app")) {
    world.step = kSecond / 100;
    world.calls(main, kSteps[0]);
    world.now += 31 * kSecond;  // its start is over
  }

  Task begin() { return world.thread_of(main); }
  void ordinary(const Task& thread, int rounds) {
    for (int i = 0; i < rounds; ++i) {
      for (const auto& step : kSteps)
        world.calls(thread, step);
    }
  }
  std::vector<Alert> request(int rounds) {
    const Task thread = begin();
    ordinary(thread, rounds);
    world.exit(thread);
    return judge();
  }
  /// Known pieces, put together as they never were: a departure each six calls is too few to be told.
  void strange(const Task& thread) {
    for (const std::size_t step : std::initializer_list<std::size_t>{2, 0, 3, 1, 3, 0, 2, 1, 0})
      world.calls(thread, kSteps.at(step));
  }
  std::vector<Alert> attack() {
    const Task thread = begin();
    strange(thread);
    world.exit(thread);
    return judge();
  }
  std::vector<Alert> judge() { return world.judge(*analysis); }
  /// False, or an alert, means trouble.
  bool arm() {
    for (int i = 0; i < 400; ++i) {
      if (!request(1 + i % 3).empty()) return false;
      if (profile().state == ProfileState::armed) return true;
    }
    return false;
  }
  ProfileStatus profile() { return analysis->profiles().at(0); }

  World world;
  std::unique_ptr<Analysis> analysis;
  Task main;
};

}  // namespace

SCENARIO(
    "a thread of known pieces in an order of its own is told as a whole, where calls one by one are not") {
  Server server;
  REQUIRE(server.arm());
  CHECK(server.profile().reason.find("; whole threads: threads above ") != std::string::npos);
  CHECK(server.profile().reason.find("not certified: needs ") != std::string::npos);
  const auto alerts = server.attack();
  REQUIRE(alerts.size() == 1);
  const Alert& alert = alerts[0];
  CHECK(alert.kind == AlertKind::unusual_thread);
  CHECK(alert.id.starts_with("thread-"));
  CHECK(alert.score > alert.threshold);
  CHECK(alert.thread.starts_with("score "));
  CHECK(alert.thread.find(", threshold of threads ") != std::string::npos);
  CHECK(alert.thread.find("pairs z ") != std::string::npos);
  CHECK(alert.thread.ends_with("it made no call that the nearest learned thread did not make"));
  CHECK(alert.first_unseen < alert.calls.size());
  CHECK_FALSE(alert.expected.empty());
  CHECK_FALSE(alert.behaviour.windows.empty());
  CHECK_FALSE(alert.behaviour.unseen.empty());
  CHECK(alert.behaviour.footprint.size() > 24);

  Server by_calls(options_for(ScoreMethod::departures));
  REQUIRE(by_calls.arm());
  CHECK(by_calls.attack().empty());
}

SCENARIO("ordinary threads are quiet, whatever their length") {
  Server server;
  REQUIRE(server.arm());
  for (int i = 0; i < 300; ++i)
    REQUIRE(server.request(1 + i % 3).empty());
}

SCENARIO("a call that no learned thread made near it is named") {
  Server server;
  REQUIRE(server.arm());
  const Task thread = server.begin();
  for (int i = 0; i < 6; ++i)
    server.world.calls(thread, kSteps[2]);
  server.world.exit(thread);
  const auto alerts = server.judge();
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].kind == AlertKind::unusual_thread);
}

SCENARIO("a thread that was told by its calls is not told again as a whole") {
  Server server;
  REQUIRE(server.arm());
  const Task thread = server.begin();
  server.strange(thread);
  server.world.calls(thread, {101, 165});
  server.ordinary(thread, 2);
  server.world.exit(thread);
  const auto alerts = server.judge();
  REQUIRE_FALSE(alerts.empty());
  CHECK(std::none_of(alerts.begin(), alerts.end(),
                     [](const Alert& alert) { return alert.kind == AlertKind::unusual_thread; }));
}

SCENARIO("a long life is looked at while it goes on, and told once until it was ordinary again") {
  Server server;
  REQUIRE(server.arm());
  const Task thread = server.begin();
  std::vector<std::int64_t> told;
  const auto live = [&](int rounds, bool strange) {
    for (int i = 0; i < rounds; ++i) {
      strange ? server.strange(thread) : server.ordinary(thread, 1);
      for (const Alert& alert : server.judge()) {
        CHECK(alert.kind == AlertKind::unusual_thread);
        told.push_back(alert.time_ns);
      }
    }
  };
  live(2, true);  // 108 calls: the first checkpoint
  REQUIRE(told.size() == 1);
  live(60, true);  // three windows more of the same
  CHECK(told.size() == 1);
}

SCENARIO("what is left of a thread behind a loss mark is not judged as a whole") {
  Server server;
  REQUIRE(server.arm());
  const Task thread = server.begin();
  server.world.calls(thread, kSteps[0]);
  server.world.lose(thread, 3);
  server.strange(thread);
  server.world.exit(thread);
  CHECK(server.judge().empty());
  const Task attached = server.world.attach("/bin/app");
  server.strange(attached);
  server.world.exit(attached);
  CHECK(server.judge().empty());
}

SCENARIO("an accepted thread is none to alert of any more, and other ones still are") {
  Server server;
  REQUIRE(server.arm());
  const auto alerts = server.attack();
  REQUIRE(alerts.size() == 1);
  REQUIRE(server.analysis->order(OrderVerb::accept, alerts[0]));
  CHECK(server.attack().empty());
  const Task other = server.begin();
  for (const std::size_t step : std::initializer_list<std::size_t>{1, 0, 2, 0, 3, 2, 1, 3, 2})
    server.world.calls(other, kSteps.at(step));
  server.world.exit(other);
  CHECK(server.judge().size() == 1);

  THEN("whoever takes over knows it as well") {
    Analysis next(options_for());
    REQUIRE(next.load(server.analysis->saved()));
    const Task again = server.begin();
    server.strange(again);
    server.world.exit(again);
    CHECK(server.world.judge(next).empty());
  }
  THEN("rejecting it takes that back") {
    REQUIRE(server.analysis->order(OrderVerb::reject, alerts[0]));
    CHECK(server.attack().size() == 1);
  }
}

SCENARIO("a thread goes on where it was when another analyzer takes it over") {
  Server server;
  REQUIRE(server.arm());
  const auto alone = server.attack();
  REQUIRE(alone.size() == 1);
  const Task thread = server.begin();
  for (const std::size_t step : std::initializer_list<std::size_t>{2, 0, 3, 1})
    server.world.calls(thread, kSteps.at(step));
  REQUIRE(server.judge().empty());
  Analysis next(options_for());
  REQUIRE(next.load(server.analysis->saved()));
  for (const std::size_t step : std::initializer_list<std::size_t>{3, 0, 2, 1, 0})
    server.world.calls(thread, kSteps.at(step));
  server.world.exit(thread);
  const auto alerts = server.world.judge(next);
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].kind == AlertKind::unusual_thread);
  CHECK(alerts[0].score == alone[0].score);
  CHECK(alerts[0].thread == alone[0].thread);
}

SCENARIO("a thread that was saved before there were whole threads goes on, unobserved in its first window") {
  Server server;
  REQUIRE(server.arm());
  const Task thread = server.begin();
  server.world.calls(thread, kSteps[0]);
  REQUIRE(server.judge().empty());
  Analysis::Saved saved = server.analysis->saved();
  for (auto& [id, blob] : saved.threads) {
    if (id == "told") continue;
    // As version 1 wrote it.
    const auto begin = blob.find("\xa5whole");
    const auto end = blob.find("\xa4lost");
    REQUIRE(begin != std::string::npos);
    REQUIRE(end != std::string::npos);
    blob.erase(begin, end - begin);
    REQUIRE((blob[0] & '\xf0') == '\x80');  // a small map
    blob[0] = static_cast<char>(blob[0] - 3);
    const auto version = blob.find("\xa1v");
    blob[version + 2] = 1;
  }
  Analysis next(options_for());
  REQUIRE(next.load(saved));
  server.strange(thread);
  server.world.exit(thread);
  CHECK(server.world.judge(next).empty());
}

SCENARIO("a thread is judged as a whole when it executes another program") {
  Server server;
  REQUIRE(server.arm());
  Task thread = server.begin();
  server.strange(thread);
  server.world.exec(thread, "/bin/sh");
  const auto alerts = server.judge();
  REQUIRE_FALSE(alerts.empty());
  CHECK(alerts[0].kind == AlertKind::unusual_thread);
  CHECK(alerts[0].executable == "/bin/app");
  CHECK(alerts[0].command_line.empty());
}

SCENARIO("what a process does while it starts is of a start, in whatever thread, and no start was held out") {
  Server server;
  REQUIRE(server.arm());
  CHECK(server.profile().reason.find("not judged: starts (") != std::string::npos);
  const Task fresh = server.world.start("/bin/app");
  const auto attack_in = [&](const Task& process, Analysis& analysis) {
    const Task thread = server.world.thread_of(process);
    server.strange(thread);
    server.world.exit(thread);
    return server.world.judge(analysis).size();
  };
  CHECK(attack_in(fresh, *server.analysis) == 0);
  CHECK(attack_in(server.main, *server.analysis) == 1);

  THEN("to whoever takes over each container is new for half a minute") {
    Analysis next(options_for());
    REQUIRE(next.load(server.analysis->saved()));
    CHECK(attack_in(server.main, next) == 0);
    server.world.now += 31 * kSecond;
    CHECK(attack_in(server.main, next) == 1);
  }
  THEN("half a minute later its threads are as others") {
    server.world.now += 31 * kSecond;
    CHECK(attack_in(fresh, *server.analysis) == 1);
  }
}

SCENARIO("a process that another one forks is of a kind that was not held out") {
  Server server;
  REQUIRE(server.arm());
  const Task child = server.world.fork(server.main);
  server.strange(child);
  server.world.exit(child);
  CHECK(server.judge().empty());
}

SCENARIO("threads that are killed early are not judged by where they were") {
  Server server;
  REQUIRE(server.arm());
  const Task thread = server.begin();
  server.strange(thread);  // 54 calls
  server.world.batch.segments.back().set(SegmentFlag::exit);
  CHECK(server.judge().empty());
}

SCENARIO("STIDE and t-STIDE judge calls one by one in place of departures") {
  for (const ScoreMethod method : {ScoreMethod::stide, ScoreMethod::t_stide}) {
    Server server(options_for(method));
    REQUIRE(server.arm());
    CHECK(server.profile().threshold == 12);
    CHECK(server.profile().reason.find("whole threads") == std::string::npos);
    const auto alerts = server.attack();  // five of six n-grams are unseen
    REQUIRE(alerts.size() == 1);
    CHECK(alerts[0].kind == AlertKind::unseen_sequence);
    CHECK(alerts[0].score == 13);
    CHECK(alerts[0].score_meaning.find("never seen among the last 20 calls") != std::string::npos);
    for (int i = 0; i < 30; ++i)
      REQUIRE(server.request(1 + i % 3).empty());
    REQUIRE(server.analysis->order(OrderVerb::accept, alerts[0]));
  }
}

SCENARIO("a profile that was armed by another score of calls goes back to shadow, and knows what it knew") {
  Server server(options_for(ScoreMethod::stide));
  REQUIRE(server.arm());
  const auto saved = server.analysis->saved();
  server.analysis = std::make_unique<Analysis>(options_for());
  REQUIRE(server.analysis->load(saved));
  CHECK(server.profile().state == ProfileState::shadow);
  REQUIRE(server.request(1).empty());
  server.world.now += 31 * kSecond;  // to a new analyzer each container is new
  REQUIRE(server.arm());
  CHECK(server.profile().threshold == 4);
  CHECK(server.attack().size() == 1);
}
