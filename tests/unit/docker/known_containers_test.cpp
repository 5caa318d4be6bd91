#include "collector/docker/known_containers.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace da;
using namespace da::docker;

namespace {

const std::string kA(64, 'a');
const std::string kB(64, 'b');
const std::string kImageId = "sha256:" + std::string(64, '1');

DockerEvent event(DockerEventKind kind, const std::string& name = "web",
                  const std::string& image = "nginx:1.25", const std::string& id = kA) {
  DockerEvent made;
  made.kind = kind;
  made.id = id;
  made.name = name;
  made.image = image;
  return made;
}

ListedContainer listed(const std::string& name, const std::string& image = "nginx:1.25",
                       const std::string& id = kA) {
  ListedContainer made;
  made.container.id = id;
  made.container.name = name;
  made.container.image = image;
  made.container.image_id = kImageId;
  made.container.labels = {{"team", "shop"}};
  return made;
}

ContainerState state(const std::string& name, const std::string& image, const std::string& id = kA) {
  ContainerState made;
  made.container = listed(name, image, id).container;
  made.container.init = Pid{100};
  made.running = true;
  return made;
}

/// The rules, and what they say in words: "ask a", "known a web nginx:1.25", "unwanted a ...", "forgotten a".
class Told {
 public:
  explicit Told(FilterConfig filter = {}, std::size_t limit = 100)
      : known(TargetFilter(std::move(filter)), limit) {}

  std::string listed(const std::vector<ListedContainer>& all) {
    known.listed(all, actions_);
    return words();
  }
  std::string event(const DockerEvent& event) {
    known.event(event, actions_);
    return words();
  }
  std::string told(const std::optional<ListedContainer>& entry, const std::string& id = kA) {
    known.told(id, entry, actions_);
    return words();
  }
  std::string inspected(const std::optional<ContainerState>& state, const std::string& id = kA) {
    known.inspected(id, state, actions_);
    return words();
  }
  std::string retry() {
    known.retry(actions_);
    return words();
  }

  KnownContainers known;
  Container last;  ///< that was told as known

 private:
  std::string words() {
    std::string text;
    for (const Action& action : std::exchange(actions_, {})) {
      if (!text.empty()) text += ", ";
      if (const auto* ask = std::get_if<Ask>(&action)) {
        text += "ask " + ask->id.substr(0, 1);
      } else if (const auto* gone = std::get_if<Forgotten>(&action)) {
        text += "forgotten " + gone->id.substr(0, 1);
      } else {
        const auto& one = std::get<Known>(action);
        last = one.container;
        text += fmt::format("{} {} {} {}", one.wanted ? "known" : "unwanted", last.id.substr(0, 1), last.name,
                            last.image);
      }
    }
    return text;
  }
  Actions actions_;
};

/// One that knows container a, by its create event.
Told knowing_a() {
  Told rules;
  REQUIRE(rules.event(event(DockerEventKind::create)) == "ask a");
  REQUIRE(rules.told(listed("web")) == "known a web nginx:1.25");
  return rules;
}

}  // namespace

SCENARIO("a container is known from its create event and its entry of the list") {
  Told rules;
  CHECK(rules.event(event(DockerEventKind::create)) == "ask a");
  // The tag means another image by now: the list cannot tell its name.
  CHECK(rules.told(listed("web", kImageId)) == "known a web nginx:1.25");
  CHECK(rules.last.image_id == kImageId);
  CHECK(rules.last.labels == std::map<std::string, std::string>{{"team", "shop"}});
  CHECK(rules.last.init == Pid{});
  CHECK_FALSE(rules.known.lacks_image_name(kA));
  CHECK(rules.event(event(DockerEventKind::destroy)) == "forgotten a");
  CHECK(rules.known.size() == 0);
}

SCENARIO("what is known already is not told again") {
  auto rules = knowing_a();
  CHECK(rules.listed({listed("web")}) == "");
  CHECK(rules.inspected(state("web", "nginx:1.25")) == "");
  CHECK(rules.event(event(DockerEventKind::create)) == "ask a");  // events of the last second come twice
  CHECK(rules.told(listed("web")) == "");
  CHECK(rules.event(event(DockerEventKind::start)) == "");
  CHECK(rules.event(event(DockerEventKind::die)) == "");
}

SCENARIO("the containers at the start are known by the list, their image perhaps only by an inspect") {
  Told rules;
  CHECK(rules.listed({listed("web"), listed("db", kImageId, kB)}) ==
        "known b db " + kImageId + ", known a web nginx:1.25");
  CHECK_FALSE(rules.known.lacks_image_name(kA));
  CHECK(rules.known.lacks_image_name(kB));
  CHECK(rules.inspected(state("db", "postgres:16", kB), kB) == "known b db postgres:16");
  CHECK(rules.last.init == Pid{});  // of one run; a container has many
  CHECK_FALSE(rules.known.lacks_image_name(kB));
  CHECK(rules.listed({listed("web"), listed("db", kImageId, kB)}) == "");
}

SCENARIO("a bare id may be what the user gave, and one look tells") {
  Told rules;
  (void)rules.listed({listed("web", "5bdc1b63e4f2")});
  CHECK(rules.known.lacks_image_name(kA));
  CHECK(rules.inspected(state("web", "5bdc1b63e4f2")) == "");
  CHECK_FALSE(rules.known.lacks_image_name(kA));
  (void)rules.listed({listed("cafe", "cafe", kB)});
  CHECK_FALSE(rules.known.lacks_image_name(kB));
}

SCENARIO("the filter is asked with what is known") {
  FilterConfig filter;
  filter.exclude.images = {"nginx"};
  Told rules(filter);
  (void)rules.event(event(DockerEventKind::create));
  CHECK(rules.told(listed("web", kImageId)) == "unwanted a web nginx:1.25");
  CHECK(rules.listed({listed("web"), listed("db", "postgres", kB)}) == "known b db postgres");
}

SCENARIO("a rename is known at once") {
  auto rules = knowing_a();
  CHECK(rules.event(event(DockerEventKind::rename, "shop")) == "known a shop nginx:1.25");
  CHECK(rules.inspected(state("shop", "nginx:1.25")) == "");
}

SCENARIO("an answer from before a rename does not bring the old name back") {
  auto rules = knowing_a();
  CHECK(rules.event(event(DockerEventKind::create)) == "ask a");
  CHECK(rules.event(event(DockerEventKind::rename, "shop")) == "known a shop nginx:1.25");
  CHECK(rules.told(listed("web")) == "ask a");
  CHECK(rules.told(listed("shop")) == "");
}

SCENARIO("a list from before a rename does not bring the old name back") {
  auto rules = knowing_a();
  CHECK(rules.event(event(DockerEventKind::rename, "shop")) == "known a shop nginx:1.25");
  CHECK(rules.listed({listed("web")}) == "");
}

SCENARIO("a rename before the first answer is asked for again") {
  Told rules;
  CHECK(rules.event(event(DockerEventKind::create)) == "ask a");
  CHECK(rules.event(event(DockerEventKind::rename, "shop")) == "");
  CHECK(rules.told(listed("web")) == "known a web nginx:1.25, ask a");
  CHECK(rules.told(listed("shop")) == "known a shop nginx:1.25");
}

SCENARIO("a container that was made unseen is asked for when it is heard of") {
  Told rules;
  CHECK(rules.event(event(DockerEventKind::start)) == "ask a");
  CHECK(rules.told(listed("web")) == "known a web nginx:1.25");
  CHECK(rules.event(event(DockerEventKind::rename, "db", "postgres", kB)) == "ask b");
  CHECK(rules.inspected(state("db", "postgres", kB), kB) == "known b db postgres");
  CHECK(rules.told(listed("db", "postgres", kB), kB) == "");
}

SCENARIO("a container removed before the answer is nothing to tell of") {
  Told rules;
  (void)rules.event(event(DockerEventKind::create));
  CHECK(rules.told(std::nullopt) == "");
  (void)rules.event(event(DockerEventKind::create));
  CHECK(rules.event(event(DockerEventKind::destroy)) == "");
  CHECK(rules.told(listed("web")) == "");  // made before the removal
  CHECK(rules.known.size() == 0);
}

SCENARIO("one that is being removed has no name, and keeps the one it had") {
  auto rules = knowing_a();
  rules.known.disconnected();
  CHECK(rules.listed({listed("")}) == "");
  CHECK(rules.known.size() == 1);
  CHECK(rules.inspected(std::nullopt) == "forgotten a");
}

SCENARIO("a container made after the list was is not forgotten for not being on it") {
  auto rules = knowing_a();
  CHECK(rules.listed({}) == "ask a");
  CHECK(rules.told(listed("web")) == "");
  CHECK(rules.listed({}) == "ask a");
  CHECK(rules.told(std::nullopt) == "forgotten a");
}

SCENARIO("what changed while the daemon was away is known by the next list") {
  auto rules = knowing_a();
  (void)rules.listed({listed("web"), listed("db", "postgres", kB)});
  rules.known.disconnected();
  CHECK(rules.listed({listed("renamed", kImageId)}) == "known a renamed nginx:1.25, forgotten b");
}

SCENARIO("an answer to a question of the last connection counts for nothing") {
  Told rules;
  (void)rules.event(event(DockerEventKind::create));
  rules.known.disconnected();
  CHECK(rules.told(listed("web")) == "");
  CHECK(rules.listed({listed("web", kImageId)}) == "known a web nginx:1.25");
}

SCENARIO("a question that failed is asked again") {
  Told rules;
  (void)rules.event(event(DockerEventKind::create));
  rules.known.ask_failed(kA);
  CHECK(rules.retry() == "ask a");
  CHECK(rules.retry() == "");
  CHECK(rules.told(listed("web")) == "known a web nginx:1.25");
  (void)rules.event(event(DockerEventKind::create));
  rules.known.ask_failed(kA);
  CHECK(rules.event(event(DockerEventKind::destroy)) == "forgotten a");
  CHECK(rules.retry() == "");
}

SCENARIO("of too many containers the oldest are forgotten") {
  Told rules({}, 3);
  const auto id = [](char letter) { return std::string(64, letter); };
  // A list begins with the newest.
  CHECK(rules.listed({listed("4", "x", id('4')), listed("3", "x", id('3')), listed("2", "x", id('2')),
                      listed("1", "x", id('1'))}) ==
        "known 1 1 x, known 2 2 x, known 3 3 x, forgotten 1, known 4 4 x");
  CHECK(rules.event(event(DockerEventKind::create)) == "forgotten 2, ask a");
  CHECK(rules.known.size() == 3);
  CHECK(rules.event(event(DockerEventKind::start, "1", "x", id('1'))) == "forgotten 3, ask 1");
}
