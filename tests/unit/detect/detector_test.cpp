#include "analyzer/detect/detector.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/unit/detect/world.h"

using namespace da;
using namespace da::test;

namespace {

std::vector<int> backwards() {
  return {kRequest.rbegin(), kRequest.rend()};
}

bool has_transition(const std::vector<Transition>& transitions, const std::string& what) {
  return std::any_of(transitions.begin(), transitions.end(),
                     [&](const Transition& transition) { return transition.what == what; });
}

}  // namespace

SCENARIO("a program is learned, armed, quiet in ordinary life, and an attack from inside is told") {
  World world;
  Analysis detector;
  const Task app = world.start("/bin/app");
  REQUIRE(arm_image(world, detector, app));
  const auto transitions = detector.take_transitions();
  CHECK(has_transition(transitions, "profile in shadow"));
  CHECK(has_transition(transitions, "profile armed"));
  CHECK(has_transition(transitions, "image armed"));
  REQUIRE(detector.profiles().size() == 1);
  CHECK(detector.profiles()[0].state == ProfileState::armed);
  CHECK(detector.profiles()[0].id == "profile:sha256:1:x86_64:/bin/app");

  world.rounds(app, 50);
  CHECK(world.judge(detector).empty());

  // A reverse shell: socket, connect, dup2 three times.
  world.calls(app, {41, 42, 33, 33, 33});
  const auto alerts = world.judge(detector);
  REQUIRE(alerts.size() == 1);
  const Alert& alert = alerts[0];
  CHECK(alert.kind == AlertKind::new_call);
  CHECK(alert.executable == "/bin/app");
  CHECK(alert.container_name == "web");
  CHECK(alert.host == "host-1");
  CHECK(alert.tid == app.tid);
  CHECK(alert.gap_free);
  REQUIRE(alert.calls.size() == EvidenceRing::kCapacity);
  // It waited for the calls that followed.
  CHECK(alert.calls.back().text.rfind("dup2", 0) == 0);
  REQUIRE(alert.first_unseen < alert.calls.size());
  CHECK(alert.calls[alert.first_unseen].text.rfind("socket", 0) == 0);
  CHECK(alert.calls[alert.first_unseen].unseen);
  CHECK_FALSE(alert.calls[alert.first_unseen - 1].unseen);
  REQUIRE(alert.unseen_ngram.size() == 6);
  CHECK(alert.unseen_ngram.back() == "socket");
  CHECK(alert.unseen_ngram.front() == "close");
  REQUIRE(alert.expected.size() == 1);
  CHECK(alert.expected[0].call == "openat");
  CHECK(alert.expected[0].probability > 0.9);
  CHECK(alert.profile.find("learned ") == 0);
  CHECK(alert.id.rfind("call-", 0) == 0);
}

SCENARIO("known calls in an unknown order are told with score, threshold and what was expected") {
  World world;
  Analysis detector;
  const Task app = world.start("/bin/app");
  REQUIRE(arm_image(world, detector, app));
  world.rounds(app, 3);
  REQUIRE(world.judge(detector).empty());
  world.now += 2 * ScoreSeries::kStepNs;
  for (int i = 0; i < 6; ++i)
    world.calls(app, backwards());
  const auto alerts = world.judge(detector);
  REQUIRE(alerts.size() == 1);
  const Alert& alert = alerts[0];
  CHECK(alert.kind == AlertKind::unseen_sequence);
  CHECK(alert.score == 5);
  CHECK(alert.threshold == 4);
  CHECK(alert.score_meaning ==
        "departures from known sequences among the last 20 calls (waiting and repetition not counted)");
  REQUIRE(alert.first_unseen < alert.calls.size());
  CHECK(std::none_of(alert.calls.begin(),
                     alert.calls.begin() + static_cast<std::ptrdiff_t>(alert.first_unseen),
                     [](const EvidenceCall& call) { return call.unseen; }));
  CHECK(alert.unseen_ngram.size() == 6);
  CHECK_FALSE(alert.expected.empty());

  // With what its program scored before, up to the step in which it was raised.
  const ScoreHistory& scores = alert.scores;
  REQUIRE(scores.values.size() > 1);
  CHECK(scores.step_ns == ScoreSeries::kStepNs);
  CHECK(scores.end_ns > alert.time_ns);
  CHECK(scores.end_ns - alert.time_ns <= scores.step_ns);
  CHECK(scores.values.front() == 0);
  CHECK(scores.values.back() == 5);
  CHECK(std::all_of(scores.values.begin(), scores.values.end() - 1, [](int score) { return score <= 4; }));
}

SCENARIO("a shell started by the service is told from its exec on, with what the service did before") {
  World world;
  Analysis detector;
  const Task app = world.start("/bin/app");
  REQUIRE(arm_image(world, detector, app));

  Task child = world.fork(app);
  world.calls(child, {3, 3});
  world.exec(child, "/bin/sh");
  world.calls(child, {12, 257, 0});
  auto alerts = world.judge(detector);
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].kind == AlertKind::new_executable);
  CHECK(alerts[0].executable == "/bin/sh");
  CHECK(alerts[0].parent_executable == "/bin/app");
  CHECK(alerts[0].profile == "/bin/sh was never seen; image shop:1.4 has 1 known program: /bin/app");
  REQUIRE(alerts[0].calls.size() == 6);  // close close, execve, brk openat read
  CHECK(alerts[0].calls[0].text.rfind("close", 0) == 0);
  CHECK(alerts[0].first_unseen == 2);
  CHECK(alerts[0].calls[2].text.rfind("execve", 0) == 0);
  CHECK(alerts[0].calls[2].text.find("/bin/sh") != std::string::npos);

  THEN("it is told once per container and hour, but another program is told as well") {
    Task again = world.fork(app);
    world.exec(again, "/bin/sh");
    CHECK(world.judge(detector).empty());
    world.exec(again, "/usr/bin/nc");
    const auto more = world.judge(detector);
    REQUIRE(more.size() == 1);
    CHECK(more[0].started_by == "/bin/sh");  // itself unknown, and yet who did it
    world.now += 3600 * kSecond;
    Task later = world.fork(app);
    world.exec(later, "/bin/sh");
    CHECK(world.judge(detector).size() == 1);
  }
  THEN("it is never learned") {
    CHECK(detector.profiles().size() == 1);
    CHECK(detector.images()[0].programs == 1);
  }
}

SCENARIO("a known program started by one that never did so is told") {
  World world;
  Analysis detector;
  Task entry = world.start("/bin/sh");
  world.calls(entry, {12, 257});
  world.exec(entry, "/bin/app");
  REQUIRE(arm_image(world, detector, entry));
  Task child = world.fork(entry);
  world.exec(child, "/bin/sh");
  world.exec(child, "/bin/app");  // sh starts app: known
  const auto alerts = world.judge(detector);
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].kind == AlertKind::new_start);
  CHECK(alerts[0].id.rfind("start-", 0) == 0);
  CHECK(alerts[0].executable == "/bin/sh");
  CHECK(alerts[0].started_by == "/bin/app");
  CHECK(alerts[0].profile == "/bin/sh is known in this image, but was never started by /bin/app");
}

SCENARIO("a container restarted or entered from outside by a known program is ordinary") {
  World world;
  Analysis detector;
  const Task app = world.attach("/bin/app");
  REQUIRE(arm_image(world, detector, app));
  const Task restarted = world.start("/bin/app");
  world.calls(restarted, {12, 21, 257, 262, 9, 3, 158, 218, 273, 334, 10, 302, 11});
  world.rounds(restarted, 5);
  CHECK(world.judge(detector).empty());
  world.start("/bin/bash");  // docker exec
  CHECK(world.judge(detector).size() == 1);
}

SCENARIO("lost records break windows; they never make an alert") {
  World world;
  Analysis detector;
  const Task app = world.start("/bin/app");
  REQUIRE(arm_image(world, detector, app));
  const std::vector<std::vector<int>> pieces = {{257, 0, 1}, {44, 48, 257}, {3, 7}, {45}, {1, 3, 7, 45}};
  for (int i = 0; i < 200; ++i) {
    world.lose(app, 4);
    world.calls(app, pieces[static_cast<std::size_t>(i) % pieces.size()]);
  }
  CHECK(world.judge(detector).empty());
  CHECK(detector.counters().records_lost == 800);

  THEN("a missing batch breaks the windows of its host's threads, and only those") {
    const auto before = detector.counters().gaps;
    world.calls(app, {257, 0, 1, 3, 7});
    CHECK(world.judge(detector).empty());
    world.continuity = {true, 10, false};
    world.batch.header.host = "host-2";
    CHECK(world.judge(detector).empty());
    world.calls(app, {45});
    CHECK(world.judge(detector).empty());
    CHECK(detector.counters().gaps == before);
    world.continuity = {true, 10, false};
    world.calls(app, {3});  // 48 was lost
    CHECK(world.judge(detector).empty());
    CHECK(detector.counters().gaps == before + 1);
  }
  THEN("an alert whose evidence holds a gap says so") {
    world.rounds(app, 5);
    world.lose(app, 1);
    world.calls(app, {257, 0, 41});
    const auto alerts = world.judge(detector);
    REQUIRE(alerts.size() == 1);
    CHECK_FALSE(alerts[0].gap_free);
    CHECK(alerts[0].unseen_ngram == std::vector<std::string>{"openat", "read", "socket"});
  }
}

SCENARIO("loss in learning is kept in the profile") {
  World world;
  Analysis detector;
  const Task app = world.start("/bin/app");
  world.lose(app, 14);
  world.rounds(app, 2);
  CHECK(world.judge(detector).empty());
  CHECK(detector.profiles()[0].lost == 14);
  CHECK(detector.profiles()[0].description.find("1 gap, at least 14 records lost") != std::string::npos);
}

SCENARIO("an analyzer that takes over goes on from the checkpoint") {
  World world;
  Analysis::Saved saved;
  Task app;
  {
    Analysis detector;
    app = world.start("/bin/app");
    world.rounds(app, 3);
    CHECK(world.judge(detector).empty());
    saved = detector.saved();
    CHECK(saved.parts.size() == 3);
    CHECK(saved.threads.size() == 1);
  }
  {
    Analysis detector;
    REQUIRE(detector.load(saved));
    REQUIRE(arm_image(world, detector, app));
    world.rounds(app, 3);
    CHECK(world.judge(detector).empty());
    CHECK(detector.parts_changed() == 1);  // armed profiles do not change; habits learn for longer
    CHECK(detector.counters().gaps == 0);  // the window went on
    world.calls(app, {257, 0, 1});
    CHECK(world.judge(detector).empty());
    saved = detector.saved();
  }
  Analysis detector;
  REQUIRE(detector.load(saved));
  CHECK(detector.images().at(0).armed);
  world.calls(app, {3, 7, 45, 44, 48});
  world.rounds(app, 3);
  CHECK(world.judge(detector).empty());
  CHECK(detector.counters().gaps == 0);
  world.calls(app, {41});
  CHECK(world.judge(detector).size() == 1);

  THEN("what was told is not told again") {
    Task child = world.fork(app);
    world.exec(child, "/bin/sh");
    CHECK(world.judge(detector).size() == 1);
    Analysis next;
    REQUIRE(next.load(detector.saved()));
    Task again = world.fork(app);
    world.exec(again, "/bin/sh");
    CHECK(world.judge(next).empty());
  }
  THEN("a thread that ended is forgotten") {
    world.exit(app);
    CHECK(world.judge(detector).empty());
    CHECK(detector.saved().threads.empty());
  }
  THEN("what is damaged, or saved under another id, is refused") {
    const auto& [id, blob] = *saved.parts.rbegin();
    Detector& inner = detector.detector();
    CHECK_FALSE(inner.load("profile:sha256:1:x86_64:/bin/other", blob));
    CHECK_FALSE(inner.load("rubbish", blob));
    CHECK_FALSE(inner.load(id, "rubbish"));
    CHECK_FALSE(inner.load_thread("1:2:3", "rubbish"));
    CHECK_FALSE(inner.load_thread("rubbish", saved.threads.begin()->second));
  }
}

SCENARIO("a saved thread is harmless, whatever became of its bytes") {
  World world;
  Analysis detector;
  Task app = world.start("/bin/app");
  world.rounds(app, 2);
  CHECK(world.judge(detector).empty());
  const std::string blob = detector.saved().threads.begin()->second;
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string hostile = blob;
    for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips)
      hostile[random() % hostile.size()] = static_cast<char>(random());
    Analysis other;
    if (!other.detector().load_thread("1:2:3", hostile)) continue;
    CHECK(other.counters().threads == 1);
  }
}

SCENARIO("the same batches give the same alert ids, other ones other ids") {
  const auto run = [](int rounds_before) {
    World world;
    Analysis detector;
    const Task app = world.start("/bin/app");
    REQUIRE(arm_image(world, detector, app));
    world.rounds(app, rounds_before);
    world.calls(app, {41});
    auto alerts = world.judge(detector);
    REQUIRE(alerts.size() == 1);
    return alerts[0].id;
  };
  CHECK(run(3) == run(3));
  CHECK(run(3) != run(4));
  CHECK(run(3).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
}

SCENARIO("a rarely run program keeps learning in an armed image and raises nothing") {
  World world;
  Analysis detector;
  const Task app = world.start("/bin/app");
  Task health = world.fork(app);
  world.exec(health, "/usr/bin/curl");
  world.calls(health, {12, 257, 0});
  world.exit(health);
  REQUIRE(arm_image(world, detector, app));
  Task again = world.fork(app);
  world.exec(again, "/usr/bin/curl");
  world.calls(again, {41, 42, 44, 45, 3});  // never seen, but two runs are no evidence
  world.exit(again);
  CHECK(world.judge(detector).empty());
  const auto profiles = detector.profiles();
  REQUIRE(profiles.size() == 2);
  CHECK(profiles[1].executable == "/usr/bin/curl");
  CHECK(profiles[1].state == ProfileState::learning);
  CHECK(profiles[1].reason.find("more runs") != std::string::npos);
}

SCENARIO("the thread table is bounded, and a new collector run drops the old one's threads") {
  World world;
  DetectorOptions options = quick_detector();
  options.max_threads = 10;
  Analysis detector(options);
  const Task app = world.start("/bin/app");
  for (int i = 0; i < 50; ++i)
    world.calls(world.thread_of(app), {0, 1});
  CHECK(world.judge(detector).empty());
  CHECK(detector.counters().threads == 10);
  CHECK(detector.counters().evicted == 41);
  world.batch.header.epoch = Epoch{8};
  world.continuity.new_epoch = true;
  CHECK(world.judge(detector).empty());
  CHECK(detector.counters().threads == 0);
}

SCENARIO("threads that end are forgotten, and count as episodes") {
  World world;
  Analysis detector;
  const Task app = world.start("/bin/app");
  for (int i = 0; i < 5; ++i) {
    const Task thread = world.thread_of(app);
    world.calls(thread, {0, 1});
    world.exit(thread);
  }
  CHECK(world.judge(detector).empty());
  CHECK(detector.counters().threads == 1);
  CHECK(detector.profiles()[0].threads == 5);
}

SCENARIO("origins without names and with hostile ones are bounded and harmless") {
  World world;
  Analysis detector;
  const Task nameless = world.start("");
  world.rounds(nameless, 3);
  Task hostile = world.start(std::string(4096, '/') + "\n\xff");
  world.rounds(hostile, 3);
  world.image_id = std::string(4096, '\xff');
  const Task elsewhere = world.start("/bin/app");
  world.rounds(elsewhere, 3);
  CHECK(world.judge(detector).empty());
  CHECK(detector.profiles().size() == 2);
  for (const ProfileStatus& status : detector.profiles())
    CHECK(status.executable.size() <= 512);
  Analysis other;
  CHECK(other.load(detector.saved()));
}

SCENARIO("images and profiles beyond the limits are counted, not learned") {
  World world;
  DetectorOptions options = quick_detector();
  options.catalogue = {1, 2};
  Analysis detector(options);
  for (const char* name : {"/bin/a", "/bin/b", "/bin/c"})
    world.rounds(world.start(name), 1);
  CHECK(world.judge(detector).empty());
  CHECK(detector.profiles().size() == 2);
  CHECK(detector.images().at(0).programs == 3);
  world.image_id = "sha256:2";
  world.rounds(world.start("/bin/a"), 1);
  CHECK(world.judge(detector).empty());
  CHECK(detector.images().size() == 1);
  CHECK(detector.counters().unprofiled == 2);  // /bin/c, and the other image
}
