#include "common/log.h"

#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/captured_stderr.h"

using namespace da;

SCENARIO("a log line cannot be forged by what a container chose") {
  CHECK(logfmt_value("web") == "web");
  CHECK(logfmt_value("/usr/bin/nginx:1.25") == "/usr/bin/nginx:1.25");
  CHECK(logfmt_value("") == "\"\"");
  CHECK(logfmt_value("two words") == "\"two words\"");
  CHECK(logfmt_value("a=b") == "\"a=b\"");
  CHECK(logfmt_value("say \"hi\"") == "\"say \\\"hi\\\"\"");
  CHECK(logfmt_value("back\\slash") == "\"back\\\\slash\"");
  CHECK(logfmt_value("x\nts=0 level=error") == "\"x\\nts=0 level=error\"");
  CHECK(logfmt_value(std::string_view("\0\x1b[31m\x7f", 7)) == "\"\\x00\\x1b[31m\\x7f\"");
  CHECK(logfmt_value("caf\xc3\xa9") == "\"caf\\xc3\\xa9\"");
}

SCENARIO("a container cannot fill the log with one name") {
  const std::string value = logfmt_value(std::string(1'000'000, 'A'));
  CHECK(value.size() == 1024);
  CHECK(value.substr(1015) == "AAAA[...]");
  CHECK(logfmt_value(std::string(1024, 'A')) == std::string(1024, 'A'));
}

SCENARIO("an event is one line with time, level, message and fields") {
  std::string text;
  {
    const test::CapturedStderr captured;
    log_info("attach process", "pid", 4711, "container", "my web");
    text = captured.text();
  }
  REQUIRE(text.size() > 28);
  CHECK(text.substr(0, 3) == "ts=");
  CHECK(text[26] == 'Z');
  CHECK(text.substr(27) == " level=info msg=\"attach process\" pid=4711 container=\"my web\"\n");
}

SCENARIO("lines below the level are dropped") {
  std::string text;
  {
    const test::CapturedStderr captured;
    set_log_level(LogLevel::warning);
    log_info("quiet");
    log_warning("loud");
    set_log_level(LogLevel::info);
    log_debug("quieter");
    text = captured.text();
  }
  CHECK(text.find("quiet") == std::string::npos);
  CHECK(text.find("level=warning msg=loud\n") != std::string::npos);
}

SCENARIO("threads do not tear each other's lines") {
  std::string text;
  {
    const test::CapturedStderr captured;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([i] {
        for (int n = 0; n < 100; ++n)
          log_info("line", "number", 1000 + 100 * i + n, "filler", std::string(200, 'x'));
      });
    }
    for (auto& thread : threads)
      thread.join();
    text = captured.text();
  }
  int lines = 0;
  for (std::size_t at = 0; at < text.size(); ++lines) {
    const std::size_t end = text.find('\n', at);
    REQUIRE(end != std::string::npos);
    const std::string line = text.substr(at + 27, end - at - 27);
    REQUIRE(line.find(" level=info msg=line number=1") == 0);
    REQUIRE(line.substr(line.find(" filler=")) == " filler=" + std::string(200, 'x'));
    at = end + 1;
  }
  CHECK(lines == 400);
}

SCENARIO("a line that comes again and again is left out after a few, if it warns") {
  std::string text;
  {
    const test::CapturedStderr captured;
    for (int i = 0; i < 100; ++i) {
      log_warning("again and again", "id", "same", "i", i);
      log_info("all of it", "id", "same");
    }
    text = captured.text();
  }
  const auto count = [&](const std::string& words) {
    int found = 0;
    for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1))
      ++found;
    return found;
  };
  CHECK(count("again and again") == 5);
  CHECK(count("all of it") == 100);
}
