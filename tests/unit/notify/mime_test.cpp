#include "analyzer/notify/mime.h"

#include <catch2/catch.hpp>

#include "analyzer/notify/mail_address.h"

using namespace da;

namespace {

std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find("\r\n", begin);
    if (end == std::string::npos) return std::max(longest, text.size() - begin);
    longest = std::max(longest, end - begin);
    begin = end + 2;
  }
  return longest;
}

}  // namespace

SCENARIO("a header cannot be broken out of, and is folded") {
  REQUIRE(header_line("Subject", "a\r\nBcc: x@y") == "Subject: aBcc: x@y\r\n");
  const std::string folded = header_line("Subject", std::string(30, 'a') + " " + std::string(60, 'b') + " c");
  REQUIRE(folded == "Subject: " + std::string(30, 'a') + "\r\n " + std::string(60, 'b') + " c\r\n");
  REQUIRE(longest_line(header_line("Subject", std::string(5000, 'x'))) < 998);
  REQUIRE(header_line("Subject", std::string(300, ' ') + "x") == "Subject: x\r\n");
  REQUIRE(header_line("Subject", "") == "Subject:\r\n");
}

SCENARIO("text beyond ASCII is written in encoded words") {
  REQUIRE(text_header_line("Subject", "h\xc3\xa9") == "Subject: =?UTF-8?B?aMOp?=\r\n");
  REQUIRE(header_phrase("Ops Team") == "Ops Team");
  REQUIRE(header_phrase("Ops, \"Team\"") == "\"Ops, \\\"Team\\\"\"");
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += "\xe2\x82\xac";
  const std::string line = text_header_line("Subject", many);
  REQUIRE(longest_line(line) <= 78);
}

SCENARIO("quoted-printable keeps lines short and fragile characters whole") {
  REQUIRE(quoted_printable("a=b\n") == "a=3Db\r\n");
  REQUIRE(quoted_printable("end \n") == "end=20\r\n");
  REQUIRE(quoted_printable(".\nFrom me\nForm\n") == "=2E\r\n=46rom me\r\nForm\r\n");
  REQUIRE(quoted_printable("\xc3\xa9") == "=C3=A9");
  REQUIRE(longest_line(quoted_printable(std::string(1000, 'x') + std::string(1000, '='))) <= 76);
}

SCENARIO("a date is as RFC 5322 wants it") {
  REQUIRE(header_date(Moment(std::chrono::milliseconds(1'795'489'929'120))) ==
          "Tue, 24 Nov 2026 03:12:09 +0000");
}

SCENARIO("an attachment is base64 in lines") {
  REQUIRE(base64_lines("").empty());
  REQUIRE(base64_lines(std::string("\0\xff", 2)) == "AP8=\r\n");
  REQUIRE(base64_lines(std::string(58, 'a')) == [] {
    std::string line;
    for (int i = 0; i < 19; ++i)
      line += "YWFh";
    return line + "\r\nYQ==\r\n";
  }());
}

SCENARIO("an address holds nothing that could become a command or a header") {
  REQUIRE(MailAddress::from("ops@example.org")->spec() == "ops@example.org");
  REQUIRE(MailAddress::from("Ops <ops@example.org>")->name() == "Ops");
  REQUIRE(MailAddress::from("\"Ops, all\" <ops@example.org>")->name() == "Ops, all");
  for (const char* bad :
       {"", "ops", "ops@", "@x.org", "a b@x.org", "a@x.org>", "<a@x.org> b", "a@b@x.org", "a@x..org",
        "a@x.org\r\nRCPT TO:<b@y>", "x <a@x.org", "\xc3\xa9@x.org", "a@-x.org"}) {
    CAPTURE(bad);
    REQUIRE_FALSE(MailAddress::from(bad).has_value());
  }
}
