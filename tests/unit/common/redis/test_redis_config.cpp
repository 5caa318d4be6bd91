#include <catch2/catch.hpp>

#include "common/redis/redis_config.h"
#include "tests/support/temporary_directory.h"

using namespace da;

namespace {

std::string error_of(const std::string& text) {
  try {
    static_cast<void>(read_redis_config(Section::parse(text, "c.yaml"), 16));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

redis::Nodes nodes_of(const std::string& text) {
  return read_redis_config(Section::parse(text, "c.yaml"), 16);
}

redis::Endpoint endpoint_of(const std::string& text) {
  auto nodes = nodes_of(text);
  REQUIRE(nodes.size() == 1);
  CHECK(nodes[0].shards == redis::all_shards(16));
  return nodes[0].endpoint;
}

}  // namespace

SCENARIO("a tls url takes its files from the section tls") {
  CHECK(endpoint_of("url: tls://redis.example\n").tls().has_value());
  CHECK_FALSE(endpoint_of("url: tcp://redis.example\n").tls().has_value());
  const auto named = endpoint_of("url: tls://10.0.0.7\ntls: {server_name: redis.example}\n");
  CHECK(named.tls()->server_name == "redis.example");
}

SCENARIO("what is wrong with the tls files is told at the start, with the key") {
  const test::TemporaryDirectory directory;
  const auto rubbish = directory.write("ca.pem", "no certificate");
  CHECK(error_of("url: tls://a\ntls:\n  ca_file: /missing.pem\n")
            .find("c.yaml:3: tls.ca_file: read the certificate authority /missing.pem: ") == 0);
  CHECK(error_of("url: tls://a\ntls:\n  ca_file: " + rubbish + "\n").find("c.yaml:3: tls.ca_file: ") == 0);
  CHECK(error_of("url: tls://a\ntls:\n  certificate_file: x\n  key_file: y\n")
            .find("c.yaml:3: tls.certificate_file: read the certificate x: ") == 0);
  CHECK(error_of("url: tls://a\ntls:\n  key_file: y\n") ==
        "c.yaml:3: tls.key_file: certificate_file and key_file go together");
  CHECK(error_of("url: tcp://a\ntls:\n  server_name: b\n") == "c.yaml:2: tls: counts for a tls:// url only");
  CHECK(error_of("url: tls://a\ntls:\n  cafile: b\n").find("c.yaml:3: tls.cafile: ") == 0);
}

SCENARIO("several nodes share the shards, and what else the section says") {
  const auto nodes = nodes_of(
      "username: analyzer\npassword: secret\ndatabase: 3\nnodes:\n"
      "  - {url: tls://a.example, shards: \"0-7, 12\"}\n  - {url: tcp://b.example:7000, shards: "
      "\"8-11,13-15\"}\n"
      "tls: {server_name: redis.example}\n");
  REQUIRE(nodes.size() == 2);
  CHECK(redis::describe(nodes) == "tls://a.example:6379, tcp://b.example:7000");
  CHECK(redis::describe_shards(nodes[0].shards) == "0-7, 12");
  CHECK(redis::describe_shards(nodes[1].shards) == "8-11, 13-15");
  CHECK(nodes[0].endpoint.tls()->server_name == "redis.example");
  CHECK_FALSE(nodes[1].endpoint.tls());
  for (const redis::Node& node : nodes) {
    CHECK(node.endpoint.credentials().username == "analyzer");
    CHECK(node.endpoint.database() == 3);
  }
}

SCENARIO("every shard is in one node, and the error says which is not") {
  const auto with = [](const std::string& first, const std::string& second) {
    return error_of("nodes:\n  - {url: \"tcp://a\", shards: \"" + first +
                    "\"}\n  - {url: \"tcp://b\", shards: \"" + second + "\"}\n");
  };
  CHECK(with("0-7", "8-15").empty());
  CHECK(with("0-7", "9-15") == "c.yaml:1: nodes: shard 8 is in no node");
  CHECK(with("0-8", "8-15") == "c.yaml:1: nodes: shard 8 is in several nodes");
  CHECK(with("0-7", "8-16") == "c.yaml:3: nodes[1].shards: there are 16 shards, from 0 on; no 16");
  CHECK(with("0-7", "15-8") == "c.yaml:3: nodes[1].shards: shards must be in ascending order: \"15-8\"");
  CHECK(with("0-7", "8, 8-15") == "c.yaml:3: nodes[1].shards: shards must be in ascending order: \"8-15\"");
  CHECK(with("0-7", "eight") == "c.yaml:3: nodes[1].shards: expected shards like \"0-7, 12\", got \"eight\"");
  CHECK(with("0-7", "") == "c.yaml:3: nodes[1].shards: empty");
  CHECK(with("0-70000", "8") ==
        "c.yaml:2: nodes[0].shards: expected shards like \"0-7, 12\", got \"0-70000\"");
  CHECK(error_of("nodes: []\n") == "c.yaml:1: nodes: empty");
  CHECK(error_of("url: tcp://a\nnodes:\n  - {url: tcp://b, shards: 0-15}\n") ==
        "c.yaml:1: url: url and nodes exclude each other");
  CHECK(error_of("nodes:\n  - {shards: 0-15}\n").find("url: missing") != std::string::npos);
  CHECK(error_of("nodes:\n  - {url: tcp://a}\n").find("shards: missing") != std::string::npos);
  CHECK(error_of("nodes:\n  - {url: tcp://a, shards: 0-15, database: 1}\n").find("database") !=
        std::string::npos);
}
