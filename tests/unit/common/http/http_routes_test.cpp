#include "common/http/http_routes.h"

#include <catch2/catch.hpp>

using namespace da;

namespace {

HttpReply nothing(const HttpRequest&) {
  return HttpReply::status(200);
}

}  // namespace

SCENARIO("the longest route that fits is the one, and an exact one before all") {
  HttpRoutes routes;
  routes.get("/a", nothing);
  routes.get("/a/*", nothing);
  routes.post("/a/b/*", nothing, {.longest_body = 10});
  routes.get("/a/b/c", nothing);
  CHECK(routes.find("GET", "/a").handler != nullptr);
  CHECK(routes.find("GET", "/a/").rest.empty());
  CHECK(routes.find("GET", "/a/x/y").rest == "x/y");
  CHECK(routes.find("POST", "/a/b/c").allow == "GET, HEAD");
  const auto post = routes.find("POST", "/a/b/d");
  CHECK(post.handler != nullptr);
  CHECK(post.longest_body == 10);
  CHECK(post.rest == "d");
  CHECK(routes.find("GET", "/a/b/d").handler == nullptr);
  CHECK(routes.find("GET", "/a/b/d").allow == "POST");
  CHECK(routes.find("HEAD", "/a/b/c").handler != nullptr);
}

SCENARIO("what no route fits") {
  HttpRoutes routes;
  CHECK(routes.find("GET", "").allow.empty());
  routes.get("/a/*", nothing);
  for (const char* path : {"", "*", "/", "/a", "/b/", "a/", "/A/"})
    CHECK(routes.find("GET", path).allow.empty());
  // The pattern itself is a path like any other.
  CHECK(routes.find("GET", "/a/*").rest == "*");
}

SCENARIO("one path, both methods") {
  HttpRoutes routes;
  routes.get("/a", nothing);
  routes.post("/a", nothing);
  CHECK(routes.find("GET", "/a").handler != routes.find("POST", "/a").handler);
  CHECK(routes.find("get", "/a").handler == nullptr);
  CHECK(routes.find("DELETE", "/a").allow == "GET, HEAD, POST");
}
