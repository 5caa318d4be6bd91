#include "collector/docker/target_filter.h"

#include <catch2/catch.hpp>

using namespace da;
using namespace da::docker;

namespace {

Container container(const std::string& name, const std::string& image = "nginx:1.25",
                    std::map<std::string, std::string> labels = {}) {
  Container made;
  made.id = std::string(64, 'c');
  made.name = name;
  made.image = image;
  made.labels = std::move(labels);
  return made;
}

FilterConfig including(FilterRules rules) {
  return FilterConfig{std::move(rules), {}, {}};
}
FilterConfig excluding(FilterRules rules) {
  return FilterConfig{{}, std::move(rules), {}};
}

}  // namespace

SCENARIO("without rules every container is wanted") {
  CHECK(TargetFilter({}).wants(container("anything")));
}

SCENARIO("names are shell globs") {
  const TargetFilter filter(including({{"web-*", "db[12]", "cach?"}, {}, {}}));
  for (const char* name : {"web-1", "web-", "db1", "cache"})
    CHECK(filter.wants(container(name)));
  for (const char* name : {"my-web-1", "web", "db3", "caches"})
    CHECK_FALSE(filter.wants(container(name)));
}

SCENARIO("images match with and without their tag") {
  const TargetFilter filter(including({{}, {"nginx", "redis:7.*", "registry:5000/shop/*"}, {}}));
  for (const char* image : {"nginx", "nginx:1.25", "nginx@sha256:1b75", "nginx:1.25@sha256:1b75", "redis:7.0",
                            "registry:5000/shop/cart", "registry:5000/shop/cart:2"}) {
    INFO(image);
    CHECK(filter.wants(container("x", image)));
  }
  for (const char* image : {"mynginx", "nginx/nginx", "redis:6", "redis", "registry:5000/shop", ""}) {
    INFO(image);
    CHECK_FALSE(filter.wants(container("x", image)));
  }
  // The colon of a port begins no tag.
  CHECK_FALSE(TargetFilter(including({{}, {"registry"}, {}})).wants(container("x", "registry:5000/nginx")));
}

SCENARIO("labels match by key or by key and value") {
  const TargetFilter filter(including({{}, {}, {"monitored", "team=shop", "empty=", "formula=a=b"}}));
  CHECK(filter.wants(container("x", "i", {{"monitored", "whatever"}})));
  CHECK(filter.wants(container("x", "i", {{"team", "shop"}})));
  CHECK(filter.wants(container("x", "i", {{"empty", ""}})));
  CHECK(filter.wants(container("x", "i", {{"formula", "a=b"}})));
  CHECK_FALSE(filter.wants(container("x", "i", {{"team", "shopping"}})));
  CHECK_FALSE(filter.wants(container("x", "i", {{"empty", "x"}})));
  CHECK_FALSE(filter.wants(container("x", "i", {{"Monitored", "1"}})));
  CHECK_FALSE(filter.wants(container("x", "i")));
}

SCENARIO("one rule of any list is enough") {
  const TargetFilter filter(including({{"web"}, {"redis"}, {"monitored"}}));
  CHECK(filter.wants(container("web", "nginx")));
  CHECK(filter.wants(container("x", "redis:7")));
  CHECK(filter.wants(container("x", "nginx", {{"monitored", ""}})));
}

SCENARIO("exclude wins over include") {
  FilterConfig config = including({{"web-*"}, {}, {}});
  config.exclude.labels = {"unwatched"};
  const TargetFilter filter(config);
  CHECK(filter.wants(container("web-1")));
  CHECK_FALSE(filter.wants(container("web-1", "nginx", {{"unwatched", ""}})));
  CHECK_FALSE(TargetFilter(excluding({{"build-*"}, {}, {}})).wants(container("build-7")));
}

SCENARIO("the parts of this system are never watched, even if included") {
  const FilterConfig everything = including({{"*"}, {}, {}});
  for (const char* role : {"collector", "analyzer", "redis"}) {
    const std::map<std::string, std::string> labels{{"docker-anomalies.role", role}};
    CHECK_FALSE(TargetFilter(everything).wants(container("x", "docker-anomalies-analyzer", labels)));
    CHECK_FALSE(
        TargetFilter(everything).wants(container("x", "registry:5000/a/docker-anomalies-redis:1", labels)));
    CHECK(TargetFilter(everything).wants(container("x", "evil", labels)));  // an image hides itself
    CHECK(TargetFilter(everything).wants(container("x", "docker-anomalies/evil:1", labels)));
  }
  CHECK(TargetFilter(everything).wants(container("x", "i", {{"docker-anomalies.role", "target"}})));

  const Container self = container("collector");
  CHECK_FALSE(TargetFilter(everything, self.id).wants(self));
  CHECK_FALSE(TargetFilter(everything, self.id.substr(0, 12)).wants(self));
  CHECK(TargetFilter(everything, std::string(64, 'd')).wants(self));
}

SCENARIO("own containers can be named by name or by id") {
  FilterConfig config;
  config.own = {"da-redis", "cccccccccccc"};
  CHECK_FALSE(TargetFilter(config).wants(container("da-redis")));
  CHECK_FALSE(TargetFilter(config).wants(container("x")));

  config.own = {"da-redis", "ccccc"};
  CHECK(TargetFilter(config).wants(container("x")));
  CHECK(TargetFilter(config).wants(container("da-redis-2")));
}
