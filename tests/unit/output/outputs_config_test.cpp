#include "analyzer/output/outputs_config.h"

#include <cstdlib>

#include <catch2/catch.hpp>

using namespace da;
using namespace std::chrono_literals;
using Catch::Matchers::StartsWith;

namespace {

OutputsConfig read(const std::string& text) {
  Section root = Section::parse(text, "analyzer.yaml");
  OutputsConfig config = read_outputs_config(root.section("outputs"));
  root.done();
  return config;
}

}  // namespace

SCENARIO("there are no outputs but the mail unless they are configured") {
  const OutputsConfig none = read("");
  CHECK_FALSE(none.file);
  CHECK_FALSE(none.syslog);
  CHECK_FALSE(none.webhook);
}

SCENARIO("all outputs at once") {
  ::unsetenv("DOCKER_ANOMALIES_WEBHOOK_TOKEN");
  const OutputsConfig config = read(
      "outputs:\n"
      "  file: {path: /var/log/alerts.jsonl}\n"
      "  syslog: {facility: local3}\n"
      "  webhook: {url: 'https://hooks.example.org/x?y=1', token: abc, timeout: 3s, queue: 7, ca_file: "
      "/ca.pem}\n");
  CHECK(config.file == "/var/log/alerts.jsonl");
  CHECK(config.syslog->socket == "/dev/log");
  CHECK(config.syslog->facility == 19);
  CHECK(config.webhook->url == "https://hooks.example.org/x?y=1");
  CHECK(config.webhook->token == "abc");
  CHECK(config.webhook->ca_file == "/ca.pem");
  CHECK(config.webhook->timeout == 3s);
  CHECK(config.webhook->queue == 7);
}

SCENARIO("alerts do not go over the network in the clear by mistake") {
  for (const char* url : {"http://127.0.0.1:8080/", "http://localhost/x", "http://[::1]:80/"})
    CHECK(read(std::string("outputs: {webhook: {url: '") + url + "'}}\n").webhook->url == url);
  for (const char* url : {"http://example.org/", "http://127.evil.example/", "http://localhost.example.org/",
                          "http://localhost@example.org/", "http://127.0.0.1@example.org/"}) {
    CAPTURE(url);
    CHECK_THROWS_WITH(read(std::string("outputs:\n  webhook:\n    url: '") + url + "'\n"),
                      StartsWith("analyzer.yaml:3: outputs.webhook.url: http would send"));
  }
  CHECK(read("outputs: {webhook: {url: 'http://example.org/', allow_plaintext: true}}\n").webhook->url ==
        "http://example.org/");
}

SCENARIO("what cannot work is an error with its place") {
  for (const char* url : {"", "https://", "ftp://example.org/", "file:///etc/passwd", "https://a b/"}) {
    CAPTURE(url);
    CHECK_THROWS_WITH(read(std::string("outputs:\n  webhook:\n    url: '") + url + "'\n"),
                      StartsWith("analyzer.yaml:3: outputs.webhook.url: expected https://"));
  }
  CHECK_THROWS_WITH(read("outputs:\n  webhook:\n    url: https://a/\n    token: 'a b'\n"),
                    StartsWith("analyzer.yaml:"));
  CHECK_THROWS_WITH(read("outputs:\n  file:\n    path: alerts.jsonl\n"),
                    StartsWith("analyzer.yaml:3: outputs.file.path: expected an absolute path"));
  CHECK_THROWS_WITH(read("outputs:\n  file: {}\n"), StartsWith("analyzer.yaml:"));
  CHECK_THROWS_WITH(read("outputs:\n  syslog:\n    facility: kern\n"),
                    StartsWith("analyzer.yaml:3: outputs.syslog.facility: "));
  CHECK_THROWS_WITH(read("outputs:\n  syslog:\n    socket: /" + std::string(107, 'x') + "\n"),
                    StartsWith("analyzer.yaml:3: outputs.syslog.socket: "));
  CHECK_THROWS_WITH(read("outputs:\n  pager: {}\n"), StartsWith("analyzer.yaml:2: outputs.pager"));
}
