#include "collector/capture/labels_text.h"

#include <catch2/catch.hpp>

using namespace da;

SCENARIO("of a container's labels those are told that are asked for, by name") {
  const std::map<std::string, std::string> labels{
      {"team", "web"}, {"a", "1=2"}, {"secret", "s"}, {"empty", ""}};
  CHECK(labels_text(labels, {"team", "a", "none", "team"}) == std::string("a=1=2\0team=web", 14));
  CHECK(labels_text(labels, {"empty"}) == "empty=");
  CHECK(labels_text(labels, {}).empty());
  CHECK(labels_text({}, {"team"}).empty());
}

SCENARIO("labels that an image chose are bounded, and cannot make another") {
  std::map<std::string, std::string> labels{{"a", std::string("x\0team=root", 11)},
                                            {"b", std::string(5000, 'y')}};
  std::vector<std::string> names{"a", "b"};
  CHECK(labels_text(labels, {"a"}) == "a=x");
  CHECK(labels_text(labels, {"b"}).size() == kLongestToldLabel);
  for (int i = 0; i < 100; ++i) {
    names.push_back("n" + std::to_string(i));
    labels[names.back()] = std::string(5000, 'z');
  }
  CHECK(labels_text(labels, names).size() <= kMostToldLabels * (kLongestToldLabel + 1));
}
