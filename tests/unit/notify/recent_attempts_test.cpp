#include "analyzer/notify/recent_attempts.h"

#include <catch2/catch.hpp>

using da::RecentAttempts;

TEST_CASE("an attempt may have been received until it is known to have failed") {
  RecentAttempts recent;
  recent.begun("a");
  recent.begun("b");
  recent.begun("c");
  recent.begun("b");
  recent.accepted("b");
  CHECK(recent.keys() == std::vector<std::string>{"a", "b", "c"});
  CHECK(recent.was_accepted("b"));
  CHECK_FALSE(recent.was_accepted("a"));
  recent.failed("a");
  recent.failed("never begun");
  recent.accepted("never begun");
  CHECK(recent.keys() == std::vector<std::string>{"b", "c"});
  CHECK_FALSE(recent.was_accepted("never begun"));
}

TEST_CASE("only the latest attempts are remembered") {
  RecentAttempts recent;
  for (std::size_t i = 0; i <= RecentAttempts::kRemembered; ++i) {
    recent.begun(std::to_string(i));
    recent.accepted(std::to_string(i));
  }
  CHECK(recent.keys().size() == RecentAttempts::kRemembered);
  CHECK(recent.keys().front() == "1");
  CHECK_FALSE(recent.was_accepted("0"));
  CHECK(recent.was_accepted("1000"));
}
