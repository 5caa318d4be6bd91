// SmtpClient against a real SMTP server (aiosmtpd).
#include "analyzer/notify/smtp_client.h"

#include <iostream>

#include <catch2/catch.hpp>

#include "tests/support/test_certificates.h"

using namespace da;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using test::SmtpServer;
using test::TestCertificates;

namespace {

SmtpConfig config_for(std::uint16_t port, SmtpSecurity security = SmtpSecurity::none) {
  SmtpConfig config{.host = "127.0.0.1",
                    .port = port,
                    .security = security,
                    .ca_file = {},
                    .username = {},
                    .password = {},
                    .from = *MailAddress::from("da@example.org"),
                    .to = {},
                    .message_id_domain = "alerts.example.org"};
  config.connect_timeout = 2s;
  config.timeout = 5s;
  return config;
}

const std::string kMail = "From: da@example.org\r\nSubject: x\r\n\r\nline\r\n.\r\n..two\r\n";

SendOutcome send(const SmtpConfig& config, const std::vector<std::string>& recipients = {"ops@example.org"}) {
  return SmtpClient(config).send(kMail, recipients);
}

#define NEED(condition, what)                           \
  if (!(condition)) {                                   \
    std::cout << "SKIPPED: no " << (what) << std::endl; \
    return;                                             \
  }

}  // namespace

SCENARIO("a mail arrives byte for byte") {
  const SmtpServer server({});
  NEED(server.ready(), "aiosmtpd");
  const SendOutcome outcome = send(config_for(server.port()));
  REQUIRE(outcome.result == SendResult::accepted);
  const auto mails = server.mails();
  REQUIRE(mails.size() == 1);
  REQUIRE(mails[0].bytes == kMail);
  REQUIRE_THAT(mails[0].envelope,
               Contains("\"from\": \"da@example.org\"") && Contains("\"to\": [\"ops@example.org\"]") &&
                   Contains("\"helo\": \"alerts.example.org\"") && Contains("\"tls\": false"));
}

SCENARIO("encrypted connections are verified") {
  const TestCertificates tls;
  const TestCertificates other;
  NEED(tls.made() && other.made(), "openssl");
  const bool implicit = GENERATE(false, true);
  const SmtpServer server(
      {"--tls", implicit ? "implicit" : "starttls", "--cert", tls.cert(), "--key", tls.key()});
  NEED(server.ready(), "aiosmtpd");
  SmtpConfig config = config_for(server.port(), implicit ? SmtpSecurity::tls : SmtpSecurity::starttls);

  WHEN("the certificate is from the authority that was configured") {
    config.ca_file = tls.ca();
    REQUIRE(send(config).result == SendResult::accepted);
    REQUIRE_THAT(server.mails().at(0).envelope, Contains("\"tls\": true"));
  }
  WHEN("it is from another") {
    config.ca_file = other.ca();
    const SendOutcome outcome = send(config);
    REQUIRE(outcome.result == SendResult::unreachable);
    REQUIRE_THAT(outcome.detail, Contains("certificate"));
    REQUIRE(server.mails().empty());
  }
  WHEN("only the system's authorities are trusted") {
    REQUIRE(send(config).result == SendResult::unreachable);
    REQUIRE(server.mails().empty());
  }
}

SCENARIO("a server without STARTTLS gets nothing in the clear") {
  const SmtpServer server({});
  NEED(server.ready(), "aiosmtpd");
  REQUIRE(send(config_for(server.port(), SmtpSecurity::starttls)).result == SendResult::unreachable);
  REQUIRE(server.mails().empty());
}

SCENARIO("a login is made, and a wrong one loses no mail") {
  const TestCertificates tls;
  NEED(tls.made(), "openssl");
  const SmtpServer server(
      {"--tls", "starttls", "--cert", tls.cert(), "--key", tls.key(), "--auth", "da:s3cret word"});
  NEED(server.ready(), "aiosmtpd");
  SmtpConfig config = config_for(server.port(), SmtpSecurity::starttls);
  config.ca_file = tls.ca();
  config.username = "da";
  WHEN("the password is right") {
    config.password = "s3cret word";
    REQUIRE(send(config).result == SendResult::accepted);
    REQUIRE_THAT(server.mails().at(0).envelope, Contains("\"user\": \"da\""));
  }
  WHEN("it is wrong") {
    config.password = "wrong";

    const SendOutcome outcome = send(config);
    REQUIRE(outcome.result == SendResult::unreachable);
    REQUIRE_THAT(outcome.detail, Contains("535"));
    REQUIRE_THAT(outcome.detail, !Contains("wrong"));
  }
  WHEN("there is none") {
    config.username.clear();
    REQUIRE(send(config).result == SendResult::unreachable);
  }
}

SCENARIO("a password that was changed in its file is found when the old one is refused") {
  const TestCertificates tls;
  NEED(tls.made(), "openssl");
  const SmtpServer server(
      {"--tls", "starttls", "--cert", tls.cert(), "--key", tls.key(), "--auth", "da:new"});
  NEED(server.ready(), "aiosmtpd");
  const test::TemporaryDirectory folder;
  SmtpConfig config = config_for(server.port(), SmtpSecurity::starttls);
  config.ca_file = tls.ca();
  config.username = "da";
  config.password = "old";
  config.password_file = folder.write("password", "old\n");
  SmtpClient client(config);
  REQUIRE(client.send(kMail, {"ops@example.org"}).result == SendResult::unreachable);
  folder.write("password", "new\n");
  REQUIRE(client.send(kMail, {"ops@example.org"}).result == SendResult::accepted);
  REQUIRE(server.mails().size() == 1);

  SmtpClient again(config);
  folder.write("password", "");
  REQUIRE(again.send(kMail, {"ops@example.org"}).result == SendResult::unreachable);
}

SCENARIO("each recipient gets an own answer") {
  const SmtpServer server({"--reject-recipient", "no@example.org", "--defer-recipient", "later@example.org"});
  NEED(server.ready(), "aiosmtpd");
  const SmtpConfig config = config_for(server.port());
  const SendOutcome outcome =
      send(config, {"no@example.org", "a@example.org", "later@example.org", "b@example.org"});
  REQUIRE(outcome.result == SendResult::accepted);
  REQUIRE(outcome.accepted_recipients == std::vector<std::string>{"a@example.org", "b@example.org"});
  REQUIRE(outcome.refused_recipients == std::vector<std::string>{"no@example.org"});
  REQUIRE(outcome.deferred_recipients == std::vector<std::string>{"later@example.org"});
  REQUIRE_THAT(server.mails().at(0).envelope, Contains("[\"a@example.org\", \"b@example.org\"]"));

  REQUIRE(send(config, {"no@example.org"}).result == SendResult::refused);
}

SCENARIO("answers of the server are told apart") {
  const SmtpServer busy({"--fail-first", "1"});
  NEED(busy.ready(), "aiosmtpd");
  const SendOutcome later = send(config_for(busy.port()));
  REQUIRE(later.result == SendResult::deferred);
  REQUIRE_THAT(later.detail, Contains("451"));
  REQUIRE(send(config_for(busy.port())).result == SendResult::accepted);

  const SmtpServer strict({"--reject"});
  const SendOutcome never = send(config_for(strict.port()));
  REQUIRE(never.result == SendResult::refused);
  REQUIRE(never.content_refused);
  REQUIRE_THAT(never.detail, Contains("554 5.7.1 not wanted here"));
}

SCENARIO("a server that takes the mail and does not answer leaves doubt, within the timeout") {
  const SmtpServer server({"--hang-data"});
  NEED(server.ready(), "aiosmtpd");
  SmtpConfig config = config_for(server.port());
  config.timeout = 1s;
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(send(config).result == SendResult::unknown);
  REQUIRE(std::chrono::steady_clock::now() - begin < 3s);
}

SCENARIO("no server is an answer, too") {
  std::uint16_t port = 0;
  {
    const SmtpServer server({});
    NEED(server.ready(), "aiosmtpd");
    port = server.port();
  }
  const SendOutcome outcome = send(config_for(port));
  REQUIRE(outcome.result == SendResult::unreachable);
  REQUIRE_FALSE(outcome.detail.empty());
}
