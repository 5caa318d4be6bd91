#include "collector/docker/inspect_parser.h"

#include <catch2/catch.hpp>

using namespace da;
using namespace da::docker;

namespace {

const std::string kId(64, 'b');

std::string inspect_body(const std::string& state, const std::string& name = "/web",
                         const std::string& labels = R"({"team":"shop"})") {
  return R"({"Id":")" + kId + R"(","Name":")" + name +
         R"(","Image":"sha256:1b75","Config":{"Image":"nginx:1.25",)" + R"("Labels":)" + labels +
         R"(},"State":)" + state + "}";
}

constexpr const char* kRunning = R"({"Running":true,"Pid":4711,"StartedAt":"2026-11-24T15:30:13.5Z"})";

}  // namespace

SCENARIO("an inspect reply makes a container") {
  const auto state = parse_inspect(inspect_body(kRunning));
  REQUIRE(state);
  CHECK(state->running);
  CHECK(state->started_at == "2026-11-24T15:30:13.5Z");
  CHECK(state->container.id == kId);
  CHECK(state->container.name == "web");
  CHECK(state->container.image == "nginx:1.25");
  CHECK(state->container.image_id == "sha256:1b75");
  CHECK(state->container.labels == std::map<std::string, std::string>{{"team", "shop"}});
  CHECK(state->container.init == Pid{4711});
}

SCENARIO("a container without a process does not run, whatever Docker calls it") {
  const auto exited = parse_inspect(inspect_body(R"({"Running":false,"Pid":0,"StartedAt":"x"})"));
  REQUIRE(exited);
  CHECK_FALSE(exited->running);

  const auto restarting = parse_inspect(inspect_body(R"({"Running":true,"Restarting":true,"Pid":0})"));
  REQUIRE(restarting);
  CHECK_FALSE(restarting->running);
  CHECK(restarting->container.init == Pid{0});
}

SCENARIO("labels may be missing, and odd ones are left out") {
  CHECK(parse_inspect(inspect_body(kRunning, "/web", "null"))->container.labels.empty());
  CHECK(parse_inspect(inspect_body(kRunning, "/web", R"({"a":1,"b":"2"})"))->container.labels ==
        std::map<std::string, std::string>{{"b", "2"}});
}

SCENARIO("a run is a pid and a start time") {
  const auto first = parse_inspect(inspect_body(kRunning));
  const auto renamed = parse_inspect(inspect_body(kRunning, "/other"));
  const auto other_pid =
      parse_inspect(inspect_body(R"({"Running":true,"Pid":4712,"StartedAt":"2026-11-24T15:30:13.5Z"})"));
  const auto other_time =
      parse_inspect(inspect_body(R"({"Running":true,"Pid":4711,"StartedAt":"2026-11-24T15:30:14.5Z"})"));
  REQUIRE((first && renamed && other_pid && other_time));
  CHECK(first->same_run(*renamed));
  CHECK_FALSE(first->same_run(*other_pid));
  CHECK_FALSE(first->same_run(*other_time));
}

SCENARIO("an inspect reply that cannot be used is an error") {
  for (const std::string& body :
       {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"Id":"xyz"})"),
        inspect_body("null"), inspect_body(R"({"Running":"yes","Pid":1})"),
        inspect_body(R"({"Running":true})"), inspect_body(R"({"Running":true,"Pid":-1})"),
        inspect_body(R"({"Running":true,"Pid":4294967297})"), inspect_body(R"({"Running":true,"Pid":1.5})"),
        inspect_body(kRunning, ""), inspect_body(kRunning, "/"), inspect_body(kRunning, "/a\\u0000b"),
        inspect_body(kRunning, "/a\\nb")}) {
    INFO(body);
    CHECK_FALSE(parse_inspect(body));
  }
}

SCENARIO("a list reply tells of each container what an inspect would") {
  const auto list =
      parse_list(R"([{"Id":")" + kId + R"(","Names":["/other/alias","/web"],"Image":"nginx:1.25",)" +
                 R"("ImageID":"sha256:1b75","Labels":{"team":"shop"},"State":"created"}])");
  REQUIRE(list);
  REQUIRE(list->size() == 1);
  const Container& container = list->front().container;
  CHECK(container.id == kId);
  CHECK(container.name == "web");
  CHECK(container.image == "nginx:1.25");
  CHECK(container.image_id == "sha256:1b75");
  CHECK(container.labels == std::map<std::string, std::string>{{"team", "shop"}});
  CHECK(container.init == Pid{});
}

SCENARIO("of a listed container it is known whether it may run") {
  const auto may_run = [](const std::string& state) {
    return parse_list(R"([{"Id":")" + kId + R"(","State":)" + state + "}]")->front().may_run;
  };
  for (const char* state :
       {R"("running")", R"("paused")", R"("restarting")", R"("removing")", R"("new word")", "null"}) {
    INFO(state);
    CHECK(may_run(state));
  }
  for (const char* state : {R"("created")", R"("exited")", R"("dead")"}) {
    INFO(state);
    CHECK_FALSE(may_run(state));
  }
}

SCENARIO("a listed container without a usable name hides no other") {
  for (const char* names : {"null", "[]", "[1]", R"(["/a/b"])", R"(["/a\u0000b"])", R"(["/"])",
                            R"(["/web"],"Image":"a\nb")", R"(["/web"],"ImageID":"a\nb")"}) {
    INFO(names);
    const auto list = parse_list(R"([{"Id":")" + kId + R"(","Names":)" + names + "}]");
    REQUIRE(list);
    CHECK(list->front().container.id == kId);
    CHECK(list->front().container.name.empty());
  }
}

SCENARIO("a list reply that cannot be used is an error") {
  CHECK(parse_list("[]")->empty());
  for (const char* body : {"", "{}", "[1]", "[{}]", R"([{"Id":"../x"}])"}) {
    INFO(body);
    CHECK_FALSE(parse_list(body));
  }
}

SCENARIO("the API version is the nearest to ours that the daemon speaks") {
  CHECK(choose_api_version("1.41", "1.12", "1.41") == "1.41");
  CHECK(choose_api_version("1.41", "1.24", "1.50") == "1.41");
  CHECK(choose_api_version("1.41", "1.12", "1.40") == "1.40");
  CHECK(choose_api_version("1.41", "1.44", "1.52") == "1.44");
  CHECK(choose_api_version("1.41", "", "1.9") == "1.9");
  CHECK(choose_api_version("1.41", "1.9", "1.100") == "1.41");
  for (const char* bad : {"", "1", "1.", ".1", "1.41/../x", "-1.4", "1.-4", "1.41 ", "99999999999.1"}) {
    INFO(bad);
    CHECK_FALSE(choose_api_version("1.41", "1.12", bad));
  }
  CHECK_FALSE(choose_api_version("1.41", "1.50", "1.44"));

  CHECK(parse_version(R"({"Version":"29.0","ApiVersion":"1.52","MinAPIVersion":"1.44"})") == "1.44");
  CHECK(parse_version(R"({"ApiVersion":"1.41"})") == "1.41");
  CHECK_FALSE(parse_version("{}"));
  CHECK_FALSE(parse_version("OK"));
}
