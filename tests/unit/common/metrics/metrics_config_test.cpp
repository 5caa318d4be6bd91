#include "common/metrics/metrics_config.h"

#include <catch2/catch.hpp>

using namespace da;

namespace {

std::string listen_of(const std::string& text) {
  const auto address = read_metrics_config(Section::parse(text, "c.yaml"));
  return address ? address->describe() : "off";
}

std::string error_of(const std::string& text) {
  try {
    return listen_of(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
}

}  // namespace

SCENARIO("metrics are off unless an address is given") {
  CHECK(listen_of("") == "off");
  CHECK(listen_of("listen: \"\"\n") == "off");
}

SCENARIO("an address to listen on is numeric") {
  CHECK(listen_of("listen: 127.0.0.1:9464\n") == "127.0.0.1:9464");
  CHECK(listen_of("listen: 0.0.0.0:1\n") == "0.0.0.0:1");
  CHECK(listen_of("listen: \"[::1]:65535\"\n") == "[::1]:65535");
  const std::string begin = "c.yaml:1: listen: expected ADDRESS:PORT, as 127.0.0.1:9464 or [::1]:9464, got ";
  CHECK(error_of("listen: localhost:9464\n") ==
        begin + "\"localhost:9464\": the address is not a numeric one");
  CHECK(error_of("listen: :9464\n") == begin + "\":9464\": the address is not a numeric one");
  CHECK(error_of("listen: 127.1:9464\n") == begin + "\"127.1:9464\": the address is not a numeric one");
  CHECK(error_of("listen: 9464\n") == begin + "\"9464\": no port");
  CHECK(error_of("listen: ::1:9464\n") ==
        begin + "\"::1:9464\": an IPv6 address, and no other, goes into [brackets]");
  CHECK(error_of("listen: \"[127.0.0.1]:9464\"\n") ==
        begin + "\"[127.0.0.1]:9464\": an IPv6 address, and no other, goes into [brackets]");
  for (const std::string port : {"", "0", "-1", "+1", "65536", "9464x", " 9464", "http"}) {
    const std::string text = "127.0.0.1:" + port;
    CHECK(error_of("listen: \"" + text + "\"\n") == begin + "\"" + text + "\": the port is not in 1..65535");
  }
}

SCENARIO("a slip in the metrics section is told") {
  CHECK(error_of("lisen: 127.0.0.1:9464\n") == "c.yaml:1: lisen: unknown key; did you mean listen?");
  CHECK(error_of("listen: [127.0.0.1]\n").starts_with("c.yaml:1: listen: expected"));
}
