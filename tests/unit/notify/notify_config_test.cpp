#include "analyzer/notify/notify_config.h"

#include <catch2/catch.hpp>

using namespace da;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

NotifyConfig read(const std::string& text) {
  Section root = Section::parse(text, "analyzer.yaml");
  NotifyConfig config = NotifyConfig::from(root);
  root.done();
  return config;
}

std::string smtp(const std::string& more) {
  return "smtp:\n  host: mail.example.org\n  from: da@example.org\n  to: [ops@example.org]\n" + more;
}

}  // namespace

SCENARIO("the shortest configuration is a safe one") {
  ::unsetenv("DOCKER_ANOMALIES_SMTP_PASSWORD");
  const NotifyConfig config = read(smtp(""));
  REQUIRE(config.smtp->security == SmtpSecurity::starttls);
  REQUIRE(config.smtp->port == 587);
  REQUIRE(config.smtp->message_id_domain == "example.org");
  REQUIRE(config.smtp->connect_timeout == 10s);
  REQUIRE(config.smtp->timeout == 30s);
  REQUIRE(config.policy.group_wait == 1s);
  REQUIRE(config.mask_secrets);
  REQUIRE(config.outbox.mails == 1000);
  REQUIRE_FALSE(read("").smtp.has_value());
}

SCENARIO("everything can be set") {
  const NotifyConfig config =
      read(smtp("  security: tls\n  port: 2465\n  username: da\n  password: s3cret\n  message_id_domain: "
                "alerts.example.org\n"
                "  timeout: 1m\nnotify:\n  group_wait: 5s\n  resolve_after: 2h\n  alerts_per_mail: 3\n  "
                "mask_secrets: false\n"));
  REQUIRE(config.smtp->security == SmtpSecurity::tls);
  REQUIRE(config.smtp->port == 2465);
  REQUIRE(config.smtp->password == "s3cret");
  REQUIRE(config.smtp->message_id_domain == "alerts.example.org");
  REQUIRE(config.smtp->timeout == 1min);
  REQUIRE(config.policy.group_wait == 5s);
  REQUIRE(config.policy.resolve_after == 2h);
  REQUIRE(config.policy.alerts_per_mail == 3);
  REQUIRE_FALSE(config.mask_secrets);
  REQUIRE(read(smtp("  security: tls\n")).smtp->port == 465);
}

SCENARIO("the password may come from the environment") {
  ::setenv("DOCKER_ANOMALIES_SMTP_PASSWORD", "from-env", 1);
  REQUIRE(read(smtp("  username: da\n")).smtp->password == "from-env");
  ::unsetenv("DOCKER_ANOMALIES_SMTP_PASSWORD");
  REQUIRE_THROWS_WITH(read(smtp("  username: da\n")), Contains("smtp.username") && Contains("password_file"));
}

SCENARIO("plaintext stays on this machine unless the operator insists") {
  REQUIRE_THROWS_WITH(read(smtp("  security: none\n")),
                      StartsWith("analyzer.yaml:5: smtp.security") && Contains("allow_plaintext"));
  REQUIRE(read(smtp("  security: none\n  allow_plaintext: true\n")).smtp->port == 25);
  for (const char* host : {"localhost", "127.0.0.1", "\"::1\""}) {
    REQUIRE(read("smtp:\n  host: " + std::string(host) + "\n  security: none\n  from: a@b.c\n  to: [d@e.f]\n")
                .smtp);
  }
  for (const char* host : {"127.evil.example", "localhost.example.org"}) {
    REQUIRE_THROWS(
        read("smtp:\n  host: " + std::string(host) + "\n  security: none\n  from: a@b.c\n  to: [d@e.f]\n"));
  }
}

SCENARIO("a wrong configuration is refused with file, line and key") {
  REQUIRE_THROWS_WITH(read("smtp:\n  host: mail\n  from: nobody\n  to: [a@b.c]\n"),
                      StartsWith("analyzer.yaml:3: smtp.from"));
  REQUIRE_THROWS_WITH(read("smtp:\n  host: mail\n  from: a@b.c\n  to: []\n"), Contains("smtp.to"));
  REQUIRE_THROWS_WITH(read("smtp:\n  host: mail\n  from: a@b.c\n  to: [a@b.c, \"x y\"]\n"),
                      Contains("smtp.to"));
  REQUIRE_THROWS_WITH(read("smtp:\n  host: \"a/b?c\"\n  from: a@b.c\n  to: [a@b.c]\n"),
                      Contains("smtp.host"));
  REQUIRE_THROWS_WITH(read(smtp("  sekurity: tls\n")), Contains("sekurity") && Contains("security"));
  REQUIRE_THROWS_WITH(read("notify:\n  group_wait: soon\n"),
                      StartsWith("analyzer.yaml:2: notify.group_wait"));
}

SCENARIO("blindness is mailed unless that is switched off, and its bounds are checked") {
  CHECK(read("").blind.mail);
  CHECK(read("").blind.after == 1min);
  const NotifyConfig config =
      read("notify: {blindness: {mail: false, after: 10s, calm: 5s, lost_records: 100}}\n");
  CHECK_FALSE(config.blind.mail);
  CHECK(config.blind.after == 10s);
  CHECK(config.blind.calm == 5s);
  CHECK(config.blind.lost_records == 100);
  // A collector tells of itself every two seconds: it is late now and then.
  CHECK_THROWS_WITH(read("notify:\n  blindness:\n    after: 5s\n"),
                    StartsWith("analyzer.yaml:3: notify.blindness.after: "));
  CHECK_THROWS_WITH(read("notify:\n  blindness:\n    lost_records: 0\n"),
                    StartsWith("analyzer.yaml:3: notify.blindness.lost_records: "));
  CHECK_THROWS_WITH(read("notify: {blindness: {sms: true}}\n"), Contains("notify.blindness.sms"));
}

SCENARIO("routes say whom a mail is for") {
  const NotifyConfig config = read(
      smtp("  routes:\n    - {min_severity: high, to: [oncall@example.org], continue: true}\n"
           "    - {image: \"shop:*\", container: web, to: [\"Shop <shop@example.org>\", b@example.org]}\n"));
  const auto& routes = config.smtp->routes;
  REQUIRE(routes.size() == 2);
  CHECK(routes[0].min_severity == Severity::high);
  CHECK(routes[0].goes_on);
  CHECK(routes[0].image.empty());
  CHECK(routes[1].min_severity == Severity::low);
  CHECK(routes[1].image == "shop:*");
  CHECK(routes[1].container == "web");
  CHECK_FALSE(routes[1].goes_on);
  REQUIRE(routes[1].to.size() == 2);
  CHECK(routes[1].to[0].spec() == "shop@example.org");

  CHECK(read(smtp("  routes:\n    - {to: [a@b.c], label: team=web-*}\n")).smtp->routes[0].label ==
        "team=web-*");
  REQUIRE_THROWS_WITH(read(smtp("  routes:\n    - {to: [a@b.c], label: =x}\n")),
                      Contains("smtp.routes[0].label"));
  REQUIRE_THROWS_WITH(read(smtp("  routes:\n    - {min_severity: urgent, to: [a@b.c]}\n")),
                      StartsWith("analyzer.yaml:6: smtp.routes[0].min_severity"));
  REQUIRE_THROWS_WITH(read(smtp("  routes:\n    - {image: a}\n")), Contains("smtp.routes[0].to"));
  REQUIRE_THROWS_WITH(read(smtp("  routes:\n    - {to: [nobody]}\n")), Contains("smtp.routes[0].to"));
  REQUIRE_THROWS_WITH(read(smtp("  routes:\n    - {to: [a@b.c], images: x}\n")), Contains("images"));
}

SCENARIO("how to log in can be said") {
  const std::string login = "  username: da\n  password: s3cret\n";
  CHECK(read(smtp(login)).smtp->auth == SmtpAuth::automatic);
  CHECK(read(smtp(login + "  auth: cram-md5\n")).smtp->auth == SmtpAuth::cram_md5);
  CHECK(read(smtp(login + "  auth: plain\n")).smtp->auth == SmtpAuth::plain);
  CHECK(read(smtp(login + "  auth: login\n")).smtp->auth == SmtpAuth::login);
  REQUIRE_THROWS_WITH(read(smtp(login + "  auth: ntlm\n")), Contains("smtp.auth"));
  REQUIRE_THROWS_WITH(read(smtp("  auth: plain\n")), Contains("smtp.auth") && Contains("username"));
}
