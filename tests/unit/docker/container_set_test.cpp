#include "collector/docker/container_set.h"

#include <catch2/catch.hpp>

using namespace da;
using namespace da::docker;

namespace {

const std::string kA(64, 'a');
const std::string kB(64, 'b');

DockerEvent event(DockerEventKind kind, const std::string& id = kA) {
  DockerEvent made;
  made.kind = kind;
  made.id = id;
  made.name = "web";
  made.image = "nginx";
  return made;
}

ContainerState state(bool running, int pid, const std::string& name = "web", const std::string& id = kA) {
  ContainerState made;
  made.container.id = id;
  made.container.name = name;
  made.running = running;
  if (running) made.container.init = Pid{pid};
  made.started_at = "started " + std::to_string(pid);
  return made;
}

const ContainerState kRunning = state(true, 100);
const ContainerState kExited = state(false, 100);

/// A list of these containers, all of them running.
std::vector<ListedContainer> running(const std::vector<std::string>& ids) {
  std::vector<ListedContainer> all;
  for (const auto& id : ids) {
    ListedContainer& listed = all.emplace_back();
    listed.container.id = id;
    listed.container.name = "web";
    listed.may_run = true;
  }
  return all;
}

/// "look a, appeared a 100": what happened, in words. What is asked and known has its own test
/// (known_containers_test) and is left out, unless it is asked for.
std::string words(const Actions& actions, bool with_known = false) {
  struct Speaker {
    std::string operator()(const Ask& one) const { return "ask " + one.id.substr(0, 1); }
    std::string operator()(const Known& one) const { return "known " + one.container.id.substr(0, 1); }
    std::string operator()(const Forgotten& one) const { return "forgotten " + one.id.substr(0, 1); }
    std::string operator()(const Look& one) const { return "look " + one.id.substr(0, 1); }
    std::string operator()(const Appeared& one) const {
      return "appeared " + one.container.id.substr(0, 1) + " " + std::to_string(to_raw(one.container.init));
    }
    std::string operator()(const Gone& one) const {
      return "gone " + one.container.id.substr(0, 1) + " " + std::to_string(to_raw(one.container.init));
    }
    std::string operator()(const Missed& one) const { return "missed " + one.container.id.substr(0, 1); }
    std::string operator()(const ExecStarted& one) const { return "exec " + one.id.substr(0, 1); }
  };
  std::string text;
  for (const Action& action : actions) {
    const bool is_known = std::holds_alternative<Ask>(action) || std::holds_alternative<Known>(action) ||
                          std::holds_alternative<Forgotten>(action);
    if (is_known && !with_known) continue;
    text += (text.empty() ? "" : ", ") + std::visit(Speaker{}, action);
  }
  return text;
}

/// A set that watches container a, run 100.
ContainerSet watching_a(FilterConfig filter = {}) {
  ContainerSet set{TargetFilter(std::move(filter))};
  REQUIRE(words(set.event(event(DockerEventKind::start))) == "look a");
  REQUIRE(words(set.looked(kA, kRunning)) == "appeared a 100");
  return set;
}

}  // namespace

SCENARIO("a container starts and ends") {
  auto set = watching_a();
  CHECK(set.size() == 1);
  CHECK(words(set.event(event(DockerEventKind::die))) == "look a");
  CHECK(words(set.looked(kA, kExited)) == "gone a 100");
  CHECK(set.size() == 0);
  CHECK(words(set.event(event(DockerEventKind::destroy))) == "");
}

SCENARIO("containers that run already are found by the list") {
  ContainerSet set{TargetFilter({})};
  CHECK(words(set.listed(running({kB, kA, kA}))) == "look a, look b");
  CHECK(words(set.looked(kA, kRunning)) == "appeared a 100");
  CHECK(words(set.looked(kB, state(true, 200, "db", kB))) == "appeared b 200");
}

SCENARIO("a start event while the list is made does not double the container") {
  ContainerSet set{TargetFilter({})};
  CHECK(words(set.event(event(DockerEventKind::start))) == "look a");
  CHECK(words(set.listed(running({kA}))) == "");  // a look is under way: another one follows it
  CHECK(words(set.looked(kA, kRunning)) == "appeared a 100, look a");
  CHECK(words(set.looked(kA, kRunning)) == "");
}

SCENARIO("a container that started after the list was made is not gone for not being on it") {
  auto set = watching_a();
  CHECK(words(set.listed({})) == "look a");
  CHECK(words(set.looked(kA, kRunning)) == "");
}

SCENARIO("an event for a container already known changes nothing") {
  auto set = watching_a();
  CHECK(words(set.event(event(DockerEventKind::start))) == "look a");
  CHECK(words(set.looked(kA, kRunning)) == "");
  CHECK(words(set.event(event(DockerEventKind::pause))) == "");
  CHECK(words(set.event(event(DockerEventKind::unpause))) == "");
  CHECK(words(set.event(event(DockerEventKind::exec_create))) == "");
  CHECK(words(set.event(event(DockerEventKind::exec_die))) == "");
}

SCENARIO("an old die event does not end a container that runs") {
  auto set = watching_a();
  CHECK(words(set.event(event(DockerEventKind::die))) == "look a");
  CHECK(words(set.looked(kA, kRunning)) == "");
  CHECK(set.size() == 1);
}

SCENARIO("a container that dies before it is looked at is missed, once") {
  ContainerSet set{TargetFilter({})};
  CHECK(words(set.event(event(DockerEventKind::start))) == "look a");
  CHECK(words(set.event(event(DockerEventKind::die))) == "");
  CHECK(words(set.looked(kA, kExited)) == "missed a, look a");
  CHECK(words(set.looked(kA, std::nullopt)) == "");
  CHECK(words(set.event(event(DockerEventKind::destroy))) == "");
}

SCENARIO("a container that is removed before it is looked at is missed") {
  ContainerSet set{TargetFilter({})};
  CHECK(words(set.event(event(DockerEventKind::start))) == "look a");
  CHECK(words(set.looked(kA, std::nullopt)) == "missed a");
  CHECK(words(set.event(event(DockerEventKind::die))) == "");
}

SCENARIO("a container that dies while its inspect reply is on the way is gone right after") {
  ContainerSet set{TargetFilter({})};
  (void)set.event(event(DockerEventKind::start));
  (void)set.event(event(DockerEventKind::die));
  CHECK(words(set.looked(kA, kRunning)) == "appeared a 100, look a");
  CHECK(words(set.looked(kA, std::nullopt)) == "gone a 100");
}

SCENARIO("a listed container that ended before it was looked at is nothing to tell of") {
  ContainerSet set{TargetFilter({})};
  (void)set.listed(running({kA}));
  CHECK(words(set.looked(kA, kExited)) == "");
}

SCENARIO("a restart is gone and appeared, however many events come before the look") {
  auto set = watching_a();
  CHECK(words(set.event(event(DockerEventKind::die))) == "look a");
  CHECK(words(set.event(event(DockerEventKind::start))) == "");
  CHECK(words(set.looked(kA, state(true, 101))) == "gone a 100, appeared a 101, look a");
  CHECK(words(set.looked(kA, state(true, 101))) == "");
}

SCENARIO("a run is told by its start time even if the pid is the same") {
  auto set = watching_a();
  (void)set.event(event(DockerEventKind::start));
  ContainerState again = kRunning;
  again.started_at = "later";
  CHECK(words(set.looked(kA, again)) == "gone a 100, appeared a 100");
}

SCENARIO("between two restarts a container is gone") {
  auto set = watching_a();
  (void)set.event(event(DockerEventKind::die));
  CHECK(words(set.looked(kA, state(false, 0))) == "gone a 100");
  CHECK(words(set.event(event(DockerEventKind::start))) == "look a");
  CHECK(words(set.looked(kA, state(true, 102))) == "appeared a 102");
}

SCENARIO("after a disconnect what vanished is gone, what is new appears, what stayed stays") {
  auto set = watching_a();
  (void)set.event(event(DockerEventKind::start, kB));
  (void)set.looked(kB, state(true, 200, "db", kB));
  set.disconnected();
  CHECK(set.size() == 2);

  const std::string new_id(64, 'c');
  CHECK(words(set.listed(running({kB, new_id}))) == "look a, look b, look c");
  CHECK(words(set.looked(kA, std::nullopt)) == "gone a 100");
  CHECK(words(set.looked(kB, state(true, 200, "db", kB))) == "");
  CHECK(words(set.looked(new_id, state(true, 300, "new", new_id))) == "appeared c 300");
}

SCENARIO("a container restarted during a disconnect is gone and appeared") {
  auto set = watching_a();
  set.disconnected();
  CHECK(words(set.listed(running({kA}))) == "look a");
  CHECK(words(set.looked(kA, state(true, 101))) == "gone a 100, appeared a 101");
}

SCENARIO("a look under way at a disconnect is made again after it") {
  ContainerSet set{TargetFilter({})};
  (void)set.event(event(DockerEventKind::start));
  set.disconnected();
  CHECK(words(set.looked(kA, kRunning)) == "");  // a reply of the old connection
  CHECK(words(set.listed(running({kA}))) == "look a");
  CHECK(words(set.looked(kA, kRunning)) == "appeared a 100");
}

SCENARIO("a failed look leaves things as they were and is retried") {
  auto set = watching_a();
  CHECK(words(set.event(event(DockerEventKind::die))) == "look a");
  CHECK(words(set.look_failed(kA)) == "");
  CHECK(set.size() == 1);
  CHECK(words(set.retry()) == "look a");
  CHECK(words(set.retry()) == "");
  CHECK(words(set.looked(kA, kExited)) == "gone a 100");
}

SCENARIO("a failed look is followed by the next event without waiting for the retry") {
  ContainerSet set{TargetFilter({})};
  (void)set.listed(running({kA}));
  (void)set.look_failed(kA);
  CHECK(words(set.event(event(DockerEventKind::die))) == "look a");
  CHECK(words(set.retry()) == "");
  CHECK(words(set.looked(kA, std::nullopt)) == "");
}

SCENARIO("an exec is told only for a watched container") {
  auto set = watching_a();
  CHECK(words(set.event(event(DockerEventKind::exec_start))) == "exec a");
  CHECK(words(set.event(event(DockerEventKind::exec_start, kB))) == "");
}

SCENARIO("what the filter does not want is not watched, and not missed either") {
  FilterConfig filter;
  filter.exclude.names = {"web"};
  ContainerSet set{TargetFilter(filter)};
  (void)set.event(event(DockerEventKind::start));
  CHECK(words(set.looked(kA, kRunning)) == "");
  CHECK(set.size() == 0);
  CHECK(words(set.event(event(DockerEventKind::die))) == "");
  (void)set.event(event(DockerEventKind::start));
  CHECK(words(set.looked(kA, std::nullopt)) == "");
}

SCENARIO("a renamed container stays watched under its new name") {
  auto set = watching_a();
  CHECK(words(set.event(event(DockerEventKind::rename))) == "look a");
  CHECK(words(set.looked(kA, state(true, 100, "shop"))) == "");
  (void)set.event(event(DockerEventKind::die));
  const auto actions = set.looked(kA, std::nullopt);
  REQUIRE(words(actions, true) == "forgotten a, gone a 100");
  CHECK(std::get<Gone>(actions[1]).container.name == "shop");
}

SCENARIO("a rename moves a container into and out of the filter") {
  FilterConfig filter;
  filter.include.names = {"web"};
  auto set = watching_a(filter);
  (void)set.event(event(DockerEventKind::rename));
  CHECK(words(set.looked(kA, state(true, 100, "old"))) == "gone a 100");
  CHECK(words(set.event(event(DockerEventKind::rename))) == "look a");
  CHECK(words(set.looked(kA, state(true, 100, "web"))) == "appeared a 100");
}

SCENARIO("whoever hears that a container appears knows it already") {
  ContainerSet set{TargetFilter({})};
  CHECK(words(set.event(event(DockerEventKind::create)), true) == "ask a");
  CHECK(words(set.event(event(DockerEventKind::start)), true) == "look a");
  CHECK(words(set.looked(kA, kRunning), true) == "known a, appeared a 100");
}

SCENARIO("a container that is created is asked for and known without a look") {
  ContainerSet set{TargetFilter({})};
  CHECK(words(set.event(event(DockerEventKind::create)), true) == "ask a");
  CHECK(words(set.told(kA, running({kA})[0]), true) == "known a");
  CHECK(words(set.event(event(DockerEventKind::destroy)), true) == "forgotten a");
}

SCENARIO("what does not run is looked at only for the name of its image") {
  ContainerSet set{TargetFilter({})};
  auto all = running({kA, kB});
  all[0].may_run = all[1].may_run = false;
  all[0].container.image = "nginx:1.25";
  all[1].container.image = "sha256:" + std::string(64, '1');
  CHECK(words(set.listed(all), true) == "known b, known a, look b");
  CHECK(words(set.looked(kB, state(false, 0, "db", kB)), true) == "known b");
}

SCENARIO("another filter: what it does not want is gone at once, what it wants is looked at") {
  auto set = watching_a();
  (void)set.listed(running({kA, kB}));
  (void)set.looked(kA, kRunning);
  CHECK(words(set.looked(kB, state(true, 200, "db", kB))) == "appeared b 200");

  FilterConfig only_db;
  only_db.include.names = {"db"};
  CHECK(words(set.set_filter(TargetFilter(only_db), true), true) == "known a, known b, gone a 100");
  CHECK(set.size() == 1);
  FilterConfig only_web;
  only_web.include.names = {"web"};
  CHECK(words(set.set_filter(TargetFilter(only_web), true), true) == "known a, known b, gone b 200, look a");
  CHECK(words(set.looked(kA, kRunning)) == "appeared a 100");
  CHECK(words(set.set_filter(TargetFilter(only_web), true)) == "");
}

SCENARIO("without docker, another filter waits for the list") {
  FilterConfig none;
  none.exclude.names = {"*"};
  auto set = watching_a();
  set.disconnected();
  CHECK(words(set.set_filter(TargetFilter(none), false)) == "gone a 100");
  CHECK(words(set.set_filter(TargetFilter({}), false)) == "");
  CHECK(words(set.listed(running({kA}))) == "look a");
  CHECK(words(set.looked(kA, kRunning)) == "appeared a 100");
}

SCENARIO("a look under way is judged by the filter of its answer") {
  ContainerSet set{TargetFilter({})};
  CHECK(words(set.event(event(DockerEventKind::start))) == "look a");
  FilterConfig none;
  none.exclude.names = {"*"};
  CHECK(words(set.set_filter(TargetFilter(none), true)) == "");
  CHECK(words(set.looked(kA, kRunning)) == "");
  CHECK(set.size() == 0);
}
