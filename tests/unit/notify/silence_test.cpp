#include "analyzer/notify/silence.h"

#include <catch2/catch.hpp>

#include "analyzer/notify/row_codec.h"
#include "tests/support/sample_alerts.h"

using namespace da;
using namespace std::chrono_literals;

namespace {

const Moment kNow{std::chrono::milliseconds(1'795'489'927'000)};

Silence silence(std::string image, std::string container, std::string executable) {
  Silence made;
  made.id = "s-1f00ba27";
  made.image = std::move(image);
  made.container = std::move(container);
  made.executable = std::move(executable);
  made.author = "anna";
  made.created = kNow;
  made.ends = kNow + 24h;
  return made;
}

}  // namespace

SCENARIO("a silence covers alerts that fit all of its patterns") {
  const Alert alert = test::python_departs();  // in web of shop:1.4
  CHECK(silence("shop:*", "", "").covers(alert));
  CHECK(silence("", "web", "").covers(alert));
  CHECK(silence("", "4f66a1b2c3d4", "").covers(alert));  // as it is shown
  CHECK(silence("", alert.container_id, "").covers(alert));
  CHECK(silence("", "", "/usr/local/bin/python*").covers(alert));
  CHECK(silence("", "", "python3.11").covers(alert));
  CHECK(silence("shop:1.?", "w*", "python3.11").covers(alert));

  CHECK_FALSE(silence("shop", "", "").covers(alert));
  CHECK_FALSE(silence("", "4f66", "").covers(alert));
  CHECK_FALSE(silence("", "", "bin/python3.11").covers(alert));
  CHECK_FALSE(silence("", "", "/python3.11").covers(alert));
  CHECK_FALSE(silence("shop:*", "web", "sh").covers(alert));
  CHECK_FALSE(silence("other:*", "web", "python3.11").covers(alert));
}

SCENARIO("a silence needs a pattern, and is bounded") {
  CHECK_FALSE(silence("", "web", "").problem());
  CHECK(silence("", "", "").problem());
  CHECK(silence(std::string(257, 'a'), "", "").problem());
  CHECK(silence("a\nb", "", "").problem());
  Silence odd = silence("", "web", "");
  odd.comment = std::string(301, 'a');
  CHECK(odd.problem());
  odd = silence("", "web", "");
  odd.ends = odd.created - 1ms;
  CHECK(odd.problem());
  CHECK(silence("", "web", "").in_force(kNow + 24h - 1ms));
  CHECK_FALSE(silence("", "web", "").in_force(kNow + 24h));
}

SCENARIO("a silence comes back from its row as it was, and one that would silence everything does not") {
  Silence made = silence("shop:*", "web-\xff", "/bin/sh");
  made.comment = "a new release";
  made.removed_by = "bert";
  const auto again = decode_silence(encode_silence(made));
  REQUIRE(again);
  CHECK(*again == made);
  CHECK_FALSE(decode_silence(encode_silence(silence("", "", ""))));
  CHECK_FALSE(decode_silence(R"({"v":1,"id":"s-1"})"));
  CHECK_FALSE(decode_silence(R"({"v":2,"id":"s-1","image":"a","ends":1})"));
  CHECK_FALSE(decode_silence(R"({"v":1,"id":"S/1","image":"a","ends":1})"));
  CHECK_FALSE(decode_silence(R"({"v":1,"id":"s-1","image":7,"ends":1})"));
  CHECK_FALSE(decode_silence("not JSON"));
}
