#include "common/http/http_message.h"

#include <catch2/catch.hpp>

using namespace da;

SCENARIO("a header is found whatever its case, and one that comes twice is none") {
  HttpRequest request;
  request.headers = {{"Authorization", "Bearer x"}, {"X-User", "a"}, {"x-user", "b"}};
  CHECK(request.header("authorization") == "Bearer x");
  CHECK(request.header("X-USER").empty());
  CHECK(request.header("cookie").empty());
}

SCENARIO("values of a query") {
  HttpRequest request;
  request.query = "a=1&b=x+y%2Fz&c&d=&a=2&%65=5&f=%zz&g=%4&=7";
  CHECK(request.query_value("a") == "1");
  CHECK(request.query_value("b") == "x y/z");
  CHECK(request.query_value("c") == "");
  CHECK(request.query_value("d") == "");
  CHECK(request.query_value("e") == "5");
  CHECK_FALSE(request.query_value("f"));
  CHECK_FALSE(request.query_value("g"));
  CHECK_FALSE(request.query_value("h"));
  CHECK(request.query_value("") == "7");
  request.query.clear();
  CHECK_FALSE(request.query_value("a"));
}

SCENARIO("text of a form is decoded, or refused") {
  CHECK(decode_form_text("%00%ff%7E") == std::string("\0\xff~", 3));
  for (const char* malformed : {"%", "%4", "%-1", "%+1", "% 1", "%0x", "%4g", "a%"})
    CHECK_FALSE(decode_form_text(malformed));
}

SCENARIO("a reply's header is replaced, whatever its case") {
  HttpReply reply = HttpReply::status(404);
  CHECK(*reply.body == "Not Found\n");
  reply.set("Allow", "GET");
  reply.set("allow", "POST");
  REQUIRE(reply.headers.size() == 1);
  CHECK(reply.headers.front().second == "POST");
}
