// Notifier, end to end: alerts in, mails in a real SMTP server out.
#include "analyzer/notify/notifier.h"

#include <fstream>
#include <iostream>
#include <set>

#include <catch2/catch.hpp>

#include "tests/support/hostile_text.h"
#include "tests/support/test_certificates.h"

using namespace da;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using test::SmtpServer;

namespace {

constexpr ShardId kShard{0};

NotifyConfig config_for(std::uint16_t port) {
  NotifyConfig config;
  config.smtp = SmtpConfig{.host = "127.0.0.1",
                           .port = port,
                           .security = SmtpSecurity::none,
                           .ca_file = {},
                           .username = {},
                           .password = {},
                           .from = *MailAddress::from("da@example.org"),
                           .to = {*MailAddress::from("ops@example.org"), *MailAddress::from("b@example.org")},
                           .message_id_domain = "example.org"};
  config.smtp->connect_timeout = 2s;
  config.smtp->timeout = 5s;
  config.policy.group_wait = 50ms;
  config.outbox.first_retry = 50ms;
  config.outbox.restore_hold = 10ms;
  config.outbox.reminder_after = 300ms;
  return config;
}

/// Of quoted-printable.
std::string without_soft_breaks(std::string text) {
  for (std::size_t at = 0; (at = text.find("=\r\n", at)) != std::string::npos;)
    text.erase(at, 3);
  return text;
}

/// An analyzer of nothing but a notifier, with its ledger in memory.
class Bench {
 public:
  explicit Bench(NotifyConfig config)
      : notifier_(io_.get_executor(), std::move(config),
                  [this](std::string key) { return mark(std::move(key)); }) {
    asio::co_spawn(io_, notifier_.run(), [this](const std::exception_ptr& error) {
      ended_ = true;
      if (error) std::rethrow_exception(error);
    });
  }
  ~Bench() { finish(2s); }

  Notifier& notifier() { return notifier_; }
  std::set<std::string>& ledger() { return ledger_; }

  /// Runs until the condition holds; false after ten seconds.
  template <typename Condition>
  bool until(Condition holds) {
    const auto give_up = std::chrono::steady_clock::now() + 10s;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      io_.run_for(10ms);
      io_.restart();
    }
    return true;
  }
  /// Stops the notifier; true if it ended in time.
  bool finish(std::chrono::milliseconds patience) {
    notifier_.stop(patience);
    return until([&] { return ended_; });
  }

 private:
  asio::awaitable<MarkAnswer> mark(std::string key) {
    co_return ledger_.insert(key).second ? MarkAnswer::fresh : MarkAnswer::already;
  }

  asio::io_context io_;
  std::set<std::string> ledger_;
  Notifier notifier_;
  bool ended_ = false;
};

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++found;
  return found;
}

#define NEED(server)                                  \
  if (!(server).ready()) {                            \
    std::cout << "SKIPPED: no aiosmtpd" << std::endl; \
    return;                                           \
  }

}  // namespace

SCENARIO("an incident arrives as one mail for all recipients") {
  const SmtpServer server({});
  NEED(server);
  Bench bench(config_for(server.port()));
  bench.notifier().submit(test::python_departs(), kShard);
  bench.notifier().submit(test::shell_starts(), kShard);
  bench.notifier().submit(test::netcat_starts(), kShard);
  REQUIRE(bench.until([&] { return bench.notifier().counters().mails_sent == 1; }));
  const auto mails = server.mails();
  REQUIRE(mails.size() == 1);
  REQUIRE_THAT(mails[0].envelope, Contains("[\"ops@example.org\", \"b@example.org\"]"));
  REQUIRE_THAT(mails[0].bytes, Contains("/bin/dash (started as") && Contains("/bin/nc.openbsd"));
  REQUIRE(bench.finish(1s));
  REQUIRE(server.mails().size() == 1);
}

SCENARIO("a server that says \"later\" gets the mail later, once") {
  const SmtpServer server({"--fail-first", "2"});
  NEED(server);
  Bench bench(config_for(server.port()));
  bench.notifier().submit(test::shell_starts(), kShard);
  REQUIRE(bench.until([&] { return bench.notifier().counters().mails_sent == 1; }));
  REQUIRE(bench.notifier().counters().attempts_failed == 2);
  REQUIRE(server.mails().size() == 1);
  REQUIRE(bench.ledger().size() == 3);
}

SCENARIO("a server that was away gets the mails when it is back") {
  std::uint16_t port = 0;
  {
    const SmtpServer server({});
    NEED(server);
    port = server.port();
  }
  Bench bench(config_for(port));
  bench.notifier().submit(test::shell_starts(), kShard);
  REQUIRE(bench.until([&] { return bench.notifier().counters().attempts_failed >= 2; }));
  const SmtpServer server({}, port);
  REQUIRE(server.ready());
  REQUIRE(bench.until([&] { return bench.notifier().counters().mails_sent == 1; }));
  REQUIRE(server.mails().size() == 1);
  REQUIRE(bench.notifier().counters().mails_waiting == 0);
}

SCENARIO("a server that refuses everything leaves a dead letter") {
  const SmtpServer server({"--reject"});
  NEED(server);
  Bench bench(config_for(server.port()));
  bench.notifier().submit(test::shell_starts(), kShard);
  REQUIRE(bench.until([&] { return bench.notifier().counters().mails_refused == 1; }));
  REQUIRE_THAT(bench.notifier().dead_letters().at(0).answer, Contains("554"));
  REQUIRE(bench.notifier().counters().mails_waiting == 0);
}

SCENARIO("evidence that a filter takes offence at does not silence the alert") {
  const SmtpServer server({"--reject-content", "EICAR-STANDARD"});
  NEED(server);
  Alert alert = test::shell_starts();
  alert.executable = "/tmp/EICAR-STANDARD";
  alert.command_line = "EICAR-STANDARD";
  Bench bench(config_for(server.port()));
  bench.notifier().submit(alert, kShard);
  REQUIRE(bench.until([&] { return bench.notifier().counters().mails_sent == 1; }));
  const auto mails = server.mails();
  REQUIRE(mails.size() == 1);
  const std::string text = without_soft_breaks(mails[0].bytes);
  REQUIRE_THAT(text, Contains("details withheld") && Contains(alert.id));
}

SCENARIO("a mail that may have arrived comes again only as what it is") {
  const SmtpServer server({"--hang-data"});
  NEED(server);
  NotifyConfig config = config_for(server.port());
  config.smtp->timeout = 1s;
  Bench bench(config);
  bench.notifier().submit(test::shell_starts(), kShard);
  REQUIRE(bench.until([&] { return bench.notifier().counters().mails_sent == 1; }));
  const auto mails = server.mails();
  REQUIRE(mails.size() == 2);
  REQUIRE_THAT(mails[0].bytes, !Contains("(possibly again)"));
  REQUIRE_THAT(mails[1].bytes, Contains("(possibly again)") && Contains(".copy1@example.org>"));
  REQUIRE(bench.notifier().counters().mails_uncertain == 1);
}

SCENARIO("what was not sent before a stop is sent by the next run, from the rows") {
  std::uint16_t port = 0;
  {
    const SmtpServer server({});
    NEED(server);
    port = server.port();
  }
  RowChanges rows;
  {
    Bench bench(config_for(port));
    bench.notifier().submit(test::shell_starts(), kShard);
    REQUIRE(bench.finish(1s));
    rows = bench.notifier().rows_changed(kShard);
    REQUIRE(rows.set.size() == 3);  // alert, incident, mail
  }
  const SmtpServer server({}, port);
  REQUIRE(server.ready());
  Bench bench(config_for(port));
  bench.notifier().restore(kShard, rows.set);
  REQUIRE(bench.until([&] { return bench.notifier().counters().mails_sent == 1; }));
  REQUIRE_THAT(server.mails().at(0).bytes, Contains("/bin/dash (started as"));
  REQUIRE(bench.notifier().rows_changed(kShard).erase.size() == 2);  // the incident stays open
}

SCENARIO("a mail that redis forgot with its last second is not sent again by the analyzer that sent it") {
  const SmtpServer server({});
  NEED(server);
  Bench bench(config_for(server.port()));
  bench.notifier().submit(test::python_departs(), kShard);
  const auto before = bench.notifier().rows_changed(kShard);
  REQUIRE(bench.until([&] { return bench.notifier().counters().mails_sent == 1; }));
  // The power fails: rows and ledger are as they were, and the shard is loaded again.
  bench.ledger().clear();
  bench.notifier().release(kShard);
  bench.notifier().restore(kShard, before.set);
  bench.notifier().submit(test::python_departs(), kShard);  // what was not committed is read again
  REQUIRE(bench.until([&] { return bench.notifier().counters().mails_waiting == 0; }));
  CHECK(bench.finish(2s));
  CHECK(server.mails().size() == 1);
  CHECK(bench.ledger().empty());
}

SCENARIO("a stop does not wait longer than asked for") {
  const SmtpServer server({"--hang-data"});
  NEED(server);
  NotifyConfig config = config_for(server.port());
  config.smtp->timeout = 60s;
  Bench bench(config);
  bench.notifier().submit(test::shell_starts(), kShard);
  REQUIRE(bench.until([&] { return !server.mails().empty(); }));
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(bench.finish(500ms));
  REQUIRE(std::chrono::steady_clock::now() - begin < 3s);
  REQUIRE(bench.notifier().counters().mails_waiting == 1);
}

SCENARIO("a ledger that fails does not end the notifier") {
  const SmtpServer server({});
  NEED(server);
  asio::io_context io;
  int asked = 0;
  NotifyConfig config = config_for(server.port());
  config.outbox.ledger_patience = 200ms;
  Notifier notifier(io.get_executor(), config, [&](std::string) -> asio::awaitable<MarkAnswer> {
    ++asked;
    throw std::runtime_error("away");
    co_return MarkAnswer::fresh;
  });
  asio::co_spawn(io, notifier.run(), [](const std::exception_ptr& error) { REQUIRE_FALSE(error); });
  notifier.submit(test::shell_starts(), kShard);
  for (int i = 0; i < 500 && notifier.counters().mails_sent == 0; ++i)
    io.run_for(10ms);
  REQUIRE(notifier.counters().mails_sent == 1);
  REQUIRE(notifier.counters().sent_unmarked == 1);
  REQUIRE(asked >= 3);
  notifier.stop(1s);
  io.run_for(2s);
}

SCENARIO("without a mail server alerts are logged and nothing piles up") {
  NotifyConfig config;
  config.policy.group_wait = 10ms;
  Bench bench(config);
  bench.notifier().submit(test::shell_starts(), kShard);
  REQUIRE(bench.until([&] {
    return bench.notifier().counters().mails_waiting == 0 &&
           bench.notifier().rows_changed(kShard).erase.size() == 2;
  }));
  REQUIRE(bench.notifier().counters().mails_sent == 0);
}

SCENARIO("hostile alerts arrive well-formed") {
  const SmtpServer server({});
  NEED(server);
  Bench bench(config_for(server.port()));
  std::size_t number = 0;
  for (const std::string& value : test::hostile_texts()) {
    Alert alert = test::hostile_notification(value).alerts[0];
    alert.id = "a-" + std::to_string(number++);
    alert.container_id = std::to_string(number);  // an incident each
    alert.host = value;
    bench.notifier().submit(alert, kShard);
  }
  REQUIRE(bench.until([&] { return bench.notifier().counters().mails_sent == number; }));
  const test::TemporaryDirectory directory;
  std::size_t received = 0;
  for (const test::ReceivedMail& mail : server.mails()) {
    INFO(mail.bytes.substr(0, 600));
    // In the head: a line of the encoded body may begin with anything.
    const std::string head = mail.bytes.substr(0, mail.bytes.find("\r\n\r\n") + 2);
    REQUIRE(count(head, "\r\nSubject:") == 1);
    REQUIRE(count(head, "\r\nBcc:") == 0);
    std::ofstream(directory.path() + "/" + std::to_string(received++) + ".eml", std::ios::binary)
        << mail.bytes;
  }
  REQUIRE(received == number);
  // A parser of others, for all at once: it names the file in which it finds a defect.
  REQUIRE(test::run(R"(/usr/bin/python3 -c "
import email, email.policy, pathlib, sys
for file in pathlib.Path(sys.argv[1]).iterdir():
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    kinds = [part.get_content_type() for part in mail.walk()]
    without_picture = [kind for kind in kinds if kind not in ('multipart/related', 'image/png')]
    if mail.get_all('Bcc') or mail.defects or without_picture != [
            'multipart/mixed', 'multipart/alternative', 'text/plain', 'text/html', 'application/json']:
        sys.exit(f'{file}: {mail.defects} {kinds}')
" )" + directory.path()));
}
