#include "analyzer/notify/row_codec.h"

#include <catch2/catch.hpp>

#include "tests/support/sample_alerts.h"

using namespace da;

SCENARIO("an alert comes back as it was, whatever bytes it holds") {
  Alert alert = test::python_departs();
  for (int c = 0; c < 256; ++c)
    alert.executable += static_cast<char>(c);
  alert.calls[2].text = "\xff\xfe\0\xc3\x28";
  const auto again = decode_alert(encode_alert(alert));
  REQUIRE(again.has_value());
  REQUIRE(again->executable == alert.executable);
  REQUIRE(again->command_line == alert.command_line);
  REQUIRE(again->calls.size() == alert.calls.size());
  REQUIRE(again->calls[2].text == alert.calls[2].text);
  REQUIRE(again->calls[5].unseen);
  REQUIRE(again->calls[5].time_ns == alert.calls[5].time_ns);
  REQUIRE(again->first_unseen == 5);
  REQUIRE(again->tid == alert.tid);
  REQUIRE(again->expected[0].probability == Approx(0.914));
  REQUIRE(again->kind == alert.kind);
  REQUIRE(again->scores.values == alert.scores.values);
  REQUIRE(again->scores.end_ns == alert.scores.end_ns);
  REQUIRE(encode_alert(*again) == encode_alert(alert));
}

SCENARIO("an alert of a habit comes back as it was; one of before there were habits is read, too") {
  const Alert alert = test::traversal();
  const auto again = decode_alert(encode_alert(alert));
  REQUIRE(again);
  CHECK(again->kind == AlertKind::new_directory_read);
  CHECK(again->found == alert.found);
  CHECK(again->object == alert.object);
  CHECK(again->usual == alert.usual);
  CHECK(again->behaviour == alert.behaviour);
  for (int kind = 16; kind <= 20; ++kind)
    CHECK(decode_alert(R"({"v":1,"id":"a","kind":)" + std::to_string(kind) + "}"));
  const auto old = decode_alert(R"({"v":1,"id":"a","kind":3,"behaviour":{"image":"i","executable":"e"}})");
  REQUIRE(old);
  CHECK(old->behaviour.object.empty());
  CHECK(old->scores.values.empty());
  CHECK(decode_incident(R"({"v":1,"id":"inc-1","counts":[{"kind":2,"executable":"/bin/a","count":1}]})"));
}

SCENARIO("a mail and an incident come back as they were") {
  OutboxMail mail =
      make_mail(test::command_injection(), Moment(std::chrono::milliseconds(1'795'489'929'120)));
  mail.attempt = 3;
  mail.copy = 1;
  mail.uncertain = true;
  mail.settled = {"a@b.c"};
  const auto stored = decode_mail(encode_mail(mail));
  REQUIRE(stored.has_value());
  REQUIRE(stored->alert_ids ==
          std::vector<std::string>{"a-5d1c09e77a42", "a-0b9e3f1d2c55", "a-77aa01c4e9d8"});
  REQUIRE(stored->mail.note.counts.size() == 1);
  REQUIRE(stored->mail.written == mail.written);
  REQUIRE(ledger_key(stored->mail) == ledger_key(mail));
  REQUIRE(stored->mail.settled == mail.settled);

  Incident incident;
  incident.id = "inc-1";
  incident.mails = 4;
  incident.counts = mail.note.counts;
  const auto again = decode_incident(encode_incident(incident));
  REQUIRE(again->mails == 4);
  REQUIRE(again->counts[0].executable == "/bin/dash");
}

SCENARIO("an order comes back as it was, and one that makes no sense is refused") {
  const Order order{"o-1",
                    OrderVerb::reject,
                    "seq-1",
                    AlertKind::new_call,
                    {"sha256:1", "/bin/\xff", 1, "/a\nb", {{1, 2}, {}}, {{65535}}},
                    "shop",
                    "ann",
                    "\x1b",
                    7,
                    5};
  const auto again = decode_order(encode_order(order));
  REQUIRE(again);
  CHECK(encode_order(*again) == encode_order(order));
  CHECK(again->about == order.about);
  CHECK(again->since_ns == 5);
  for (const char* row :
       {"", "{", "{\"v\":1}", "{\"v\":1,\"id\":\"A B\"}", "{\"v\":1,\"id\":\"o\",\"verb\":8}",
        "{\"v\":1,\"id\":\"o\",\"time_ns\":-1}", "{\"v\":1,\"id\":\"o\",\"about\":[]}",
        "{\"v\":1,\"id\":\"o\",\"about\":{\"arch\":256}}",
        "{\"v\":1,\"id\":\"o\",\"about\":{\"windows\":[[70000]]}}"}) {
    CAPTURE(row);
    CHECK_FALSE(decode_order(row));
  }
}

SCENARIO("a row that makes no sense is refused, not guessed") {
  for (const char* row : {"", "[]", "null", "{", "{\"v\":1}", "{\"v\":2,\"id\":\"a\"}", "{\"v\":1,\"id\":7}",
                          "{\"v\":1,\"id\":\"a\",\"kind\":15}", "{\"v\":1,\"id\":\"a\",\"kind\":21}",
                          "{\"v\":1,\"id\":\"a\",\"kind\":-1}", "{\"v\":1,\"id\":\"a\",\"tid\":99999999999}",
                          "{\"v\":1,\"id\":\"a\",\"first_unseen\":-1}",
                          "{\"v\":1,\"id\":\"a\",\"calls\":[1]}", "{\"v\":1,\"id\":\"a\",\"calls\":{}}",
                          "{\"v\":1,\"id\":\"\xc4\x80\"}", "{\"v\":1,\"id\":\"\xff\"}"}) {
    CAPTURE(row);
    REQUIRE_FALSE(decode_alert(row).has_value());
  }
  REQUIRE_FALSE(decode_mail("{\"v\":1,\"id\":\"a> b\",\"note\":{\"incident\":\"inc-1\"}}").has_value());
  REQUIRE_FALSE(decode_incident("{\"v\":1,\"id\":\"A B\"}").has_value());
  REQUIRE_FALSE(decode_incident("{\"v\":1,\"id\":\"a\",\"last_mail\":9223372036854775807}").has_value());
  REQUIRE_FALSE(decode_alert("{\"v\":1,\"id\":\"" + std::string(3'000'000, 'a') + "\"}").has_value());
  REQUIRE_FALSE(decode_alert(std::string(1'000'000, '[')).has_value());
}
