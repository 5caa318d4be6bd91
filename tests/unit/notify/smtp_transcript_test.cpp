#include "analyzer/notify/smtp_transcript.h"

#include <catch2/catch.hpp>

using namespace da;

namespace {

struct Line {
  const char* sent;
  const char* answer;
};

SendOutcome play(std::initializer_list<Line> lines, bool body_sent, bool ok) {
  SmtpTranscript transcript;
  transcript.received("220 mail.test ready\r\n");
  for (const Line& line : lines) {
    transcript.sent(line.sent);
    if (*line.answer != '\0') transcript.received(line.answer);
  }
  return transcript.outcome(body_sent, ok, "connection lost");
}

constexpr Line kMail{"MAIL FROM:<a@b>\r\n", "250 OK\r\n"};
constexpr Line kRcpt{"RCPT TO:<x@y>\r\n", "250 OK\r\n"};

}  // namespace

SCENARIO("a mail's fate is read from the dialogue") {
  REQUIRE(play({kMail, kRcpt, {"DATA\r\n", "250 OK\r\n"}}, true, true).result == SendResult::accepted);
  REQUIRE(play({kMail, kRcpt, {"DATA\r\n", "451 later\r\n"}}, true, false).result == SendResult::deferred);
  REQUIRE(play({{"MAIL FROM:<a@b>\r\n", "552 too big\r\n"}}, false, false).result == SendResult::refused);
  REQUIRE(play({{"MAIL FROM:<a@b>\r\n", "421 closing\r\n"}}, false, false).result == SendResult::unreachable);

  REQUIRE(play({kMail, kRcpt, {"DATA\r\n", "451 later\r\n"}, {"QUIT\r\n", ""}}, true, false).result ==
          SendResult::deferred);
  REQUIRE(play({kMail, kRcpt, {"DATA\r\n", "354 go\r\n"}, {"QUIT\r\n", "221 bye\r\n"}}, true, false).result ==
          SendResult::unknown);

  const auto content = play({kMail, kRcpt, {"DATA\r\n", "554 malicious\r\n"}}, true, false);
  REQUIRE(content.result == SendResult::refused);
  REQUIRE(content.content_refused);
  REQUIRE(content.detail == "554 malicious");
}

SCENARIO("a wrong password or certificate is the operator's to mend, and loses no mail") {
  REQUIRE(play({{"AUTH PLAIN x\r\n", "535 wrong\r\n"}}, false, false).result == SendResult::unreachable);
  REQUIRE(play({{"MAIL FROM:<a@b>\r\n", "530 authenticate first\r\n"}}, false, false).result ==
          SendResult::unreachable);
  const auto tls = play({{"STARTTLS\r\n", "220 go\r\n"}}, false, false);
  REQUIRE(tls.result == SendResult::unreachable);
  REQUIRE(tls.detail == "connection lost");
}

SCENARIO("a connection lost after the mail was sent leaves doubt; before, none") {
  REQUIRE(play({kMail, kRcpt, {"DATA\r\n", "354 go\r\n"}}, true, false).result == SendResult::unknown);
  REQUIRE(play({kMail, kRcpt, {"DATA\r\n", "354 go\r\n"}}, false, false).result == SendResult::unreachable);
  REQUIRE(play({kMail, {"RCPT TO:<x@y>\r\n", ""}}, false, false).result == SendResult::unreachable);
}

SCENARIO("recipients are told apart") {
  const auto some = play({kMail,
                          kRcpt,
                          {"RCPT TO:<no@y>\r\n", "550-no\r\n"},
                          {"RCPT TO:<no@y>\r\n", "550 such user\r\n"},
                          {"RCPT TO:<later@y>\r\n", "450 greylisted\r\n"},
                          {"DATA\r\n", "250 OK\r\n"}},
                         true, true);
  REQUIRE(some.accepted_recipients == std::vector<std::string>{"x@y"});
  REQUIRE(some.refused_recipients == std::vector<std::string>{"no@y"});
  REQUIRE(some.deferred_recipients == std::vector<std::string>{"later@y"});

  const auto none =
      play({kMail, {"RCPT TO:<later@y>\r\n", "450 greylisted\r\n"}, {"RCPT TO:<no@y>\r\n", "550 no\r\n"}},
           false, false);
  REQUIRE(none.result == SendResult::deferred);
  REQUIRE(play({kMail, {"RCPT TO:<no@y>\r\n", "550 no\r\n"}}, false, false).result == SendResult::refused);
}

SCENARIO("what is no SMTP answer is not taken for one") {
  SmtpTranscript transcript;
  transcript.sent("MAIL FROM:<a@b>\r\n");
  transcript.received("55");
  transcript.received("<html>550</html>");
  transcript.received("");
  REQUIRE(transcript.outcome(false, false, "odd").result == SendResult::unreachable);
}
