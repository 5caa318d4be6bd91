#include "collector/docker/event_parser.h"

#include <catch2/catch.hpp>

using namespace da;
using namespace da::docker;

namespace {

const std::string kId(64, 'a');

std::string event_line(const std::string& action, const std::string& id = kId) {
  return R"({"status":"x","Type":"container","Action":")" + action + R"(","Actor":{"ID":")" + id +
         R"(","Attributes":{"image":"nginx:1.25","name":"web","team":"shop"}},"scope":"local",)" +
         R"("time":1795534211,"timeNano":1795534211990345954})";
}

DockerEvent parsed(const std::string& line) {
  const auto event = parse_event(line);
  REQUIRE(event);
  REQUIRE(*event);
  return **event;
}

}  // namespace

SCENARIO("an event of a container has id, name, image, attributes and time") {
  const DockerEvent event = parsed(event_line("start"));
  CHECK(event.kind == DockerEventKind::start);
  CHECK(event.id == kId);
  CHECK(event.name == "web");
  CHECK(event.image == "nginx:1.25");
  CHECK(event.attributes.at("team") == "shop");
  CHECK(event.time_ns == 1795534211990345954);
}

SCENARIO("actions are known by their word, whatever command follows") {
  CHECK(parsed(event_line("create")).kind == DockerEventKind::create);
  CHECK(parsed(event_line("die")).kind == DockerEventKind::die);
  CHECK(parsed(event_line("destroy")).kind == DockerEventKind::destroy);
  CHECK(parsed(event_line("rename")).kind == DockerEventKind::rename);
  CHECK(parsed(event_line("pause")).kind == DockerEventKind::pause);
  CHECK(parsed(event_line("unpause")).kind == DockerEventKind::unpause);
  CHECK(parsed(event_line("exec_create: true ")).kind == DockerEventKind::exec_create);
  CHECK(parsed(event_line("exec_start: sh -c 'die: start'")).kind == DockerEventKind::exec_start);
  CHECK(parsed(event_line("exec_die")).kind == DockerEventKind::exec_die);
}

SCENARIO("events of other kinds are none of ours, and no error") {
  for (const std::string& line :
       {event_line("attach"), event_line("start2"), event_line("health_status: healthy"), event_line(""),
        std::string(R"({"Type":"network","Action":"connect","Actor":{"ID":"x","Attributes":{}}})"),
        std::string(R"({"Type":"image","Action":"start"})")}) {
    INFO(line);
    const auto event = parse_event(line);
    REQUIRE(event);
    CHECK_FALSE(*event);
  }
}

SCENARIO("garbage is an error, never an exception") {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  for (const std::string& line :
       {std::string(), std::string("null"), std::string("[]"), std::string("42"), std::string("{"),
        std::string("{}"), std::string("\xff\xfe"), std::string("{\"Type\":\"container\"}"),
        std::string("{\"Type\":1,\"Action\":\"start\"}"),
        std::string("{\"Type\":\"container\",\"Action\":[]}"),
        std::string("{\"Type\":\"container\",\"Action\":\"start\"}"),
        std::string("{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":7}"),
        event_line("start", "short"), event_line("start", "../" + std::string(61, 'a')),
        event_line("start", std::string(64, 'A')), event_line("start") + "}", std::string("HTTP/1.1 200 OK"),
        deep}) {
    INFO(line.substr(0, 100));
    CHECK_FALSE(parse_event(line));
  }
}

SCENARIO("a name or image that cannot be printed is none") {
  const DockerEvent event = parsed(R"({"Type":"container","Action":"create","Actor":{"ID":")" + kId +
                                   R"(","Attributes":{"name":"a\u0000b","image":"x\ny","l":"\n"}}})");
  CHECK(event.name.empty());
  CHECK(event.image.empty());
  CHECK(event.attributes.at("l") == "\n");
}

SCENARIO("fields of the wrong type are left out") {
  const DockerEvent event =
      parsed(R"({"Type":"container","Action":"die","Actor":{"ID":")" + kId +
             R"(","Attributes":{"name":["x"],"image":null,"exitCode":"137"}},"timeNano":1e99})");
  CHECK(event.name.empty());
  CHECK(event.image.empty());
  CHECK(event.attributes == std::map<std::string, std::string>{{"exitCode", "137"}});
  CHECK(event.time_ns == 0);

  const DockerEvent bare = parsed(R"({"Type":"container","Action":"die","Actor":{"ID":")" + kId +
                                  R"("},"timeNano":18446744073709551615})");
  CHECK(bare.attributes.empty());
  CHECK(bare.time_ns == 0);
}
