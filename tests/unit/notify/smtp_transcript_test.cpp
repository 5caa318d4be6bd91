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

SCENARIO("a conversation can be shown: nothing of a login but its mechanism, and whether it was refused") {
  SmtpTranscript transcript;
  transcript.received("220 mail.test ready\r\n");
  transcript.sent("EHLO us\r\n");
  transcript.received("250-mail.test\r\n");
  transcript.received("250 AUTH PLAIN LOGIN CRAM-MD5\r\n");
  transcript.sent("AUTH CRAM-MD5\r\n");
  transcript.received("334 Y2hhbGxlbmdl\r\n");
  transcript.sent("c2VjcmV0\r\n");
  transcript.received("535 wrong\r\n");
  CHECK(transcript.outcome(false, false, "").login_refused);
  transcript.sent("AUTH PLAIN c2VjcmV0\r\n");
  transcript.received("235 welcome\r\n");
  transcript.sent("MAIL FROM:<a@b>\r\n");
  transcript.received("550 no\r\n");
  transcript.sent("QUIT\r\n");
  transcript.received("221 bye\r\n");
  const SendOutcome outcome = transcript.outcome(false, false, "");
  CHECK_FALSE(outcome.login_refused);
  CHECK(outcome.result == SendResult::refused);
  CHECK(transcript.conversation() ==
        std::vector<std::string>{"< 220 mail.test ready", "> EHLO us", "< 250-mail.test",
                                 "< 250 AUTH PLAIN LOGIN CRAM-MD5", "> AUTH CRAM-MD5", "< 334 ***", "> ***",
                                 "< 535 wrong", "> AUTH PLAIN ***", "< 235 welcome", "> MAIL FROM:<a@b>",
                                 "< 550 no", "> QUIT", "< 221 bye"});
}

SCENARIO("a server that talks for ever is not noted for ever") {
  SmtpTranscript transcript;
  for (int i = 0; i < 100'000; ++i)
    transcript.received(std::string("250-") + std::string(1000, 'x') + "\r\n");
  CHECK(transcript.conversation().size() <= 300);
  CHECK(transcript.conversation().front().size() <= 300);
}
