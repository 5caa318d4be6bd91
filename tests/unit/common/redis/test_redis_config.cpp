#include <catch2/catch.hpp>

#include "common/redis/redis_config.h"
#include "tests/support/temporary_directory.h"

using namespace da;

namespace {

std::string error_of(const std::string& text) {
  try {
    static_cast<void>(read_redis_config(Section::parse(text, "c.yaml")));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

SCENARIO("a tls url takes its files from the section tls") {
  CHECK(read_redis_config(Section::parse("url: tls://redis.example\n", "c.yaml")).tls().has_value());
  CHECK_FALSE(read_redis_config(Section::parse("url: tcp://redis.example\n", "c.yaml")).tls().has_value());
  const auto named =
      read_redis_config(Section::parse("url: tls://10.0.0.7\ntls: {server_name: redis.example}\n", "c.yaml"));
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
