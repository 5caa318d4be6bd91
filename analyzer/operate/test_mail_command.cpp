#include "analyzer/operate/test_mail_command.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analyzer/notify/mail_message.h"
#include "analyzer/notify/mail_route.h"
#include "analyzer/notify/mime.h"
#include "analyzer/notify/safe_text.h"
#include "analyzer/notify/smtp_client.h"
#include "analyzer/operate/output.h"
#include "common/host_name.h"
#include "common/host_port.h"
#include "common/version.h"

namespace da {
namespace {

const char* security_name(SmtpSecurity security) {
  switch (security) {
    case SmtpSecurity::starttls:
      return "STARTTLS";
    case SmtpSecurity::tls:
      return "TLS";
    case SmtpSecurity::none:
      return "no encryption";
  }
  return "";
}

const char* result_name(SendResult result) {
  switch (result) {
    case SendResult::accepted:
      return "accepted";
    case SendResult::deferred:
      return "deferred: try again later";
    case SendResult::unreachable:
      return "not sent: no connection, no encryption or no login";
    case SendResult::unknown:
      return "doubtful: sent, and not confirmed";
    case SendResult::refused:
      return "refused";
  }
  return "";
}

std::string write_mail(const SmtpConfig& smtp, const Notification& note, const std::vector<MailAddress>& to) {
  std::random_device random;
  std::vector<std::string> recipients;
  for (const MailAddress& address : to)
    recipients.push_back(header_address(address));
  const std::string host = plain_text(host_name("this host"), 100);
  std::string text = fmt::format(
      "This is a test: it was asked for by `analyzer test-mail` on {}, and nothing happened.\n\n"
      "It goes to whom a mail of an incident would go that is\n  severity   {}\n",
      host, severity_name(note.severity));
  if (!note.image.empty()) text += "  image      " + plain_text(note.image) + '\n';
  if (!note.container_name.empty()) text += "  container  " + plain_text(note.container_name) + '\n';
  if (!note.labels.empty()) text += "  label      " + plain_text(note.labels) + '\n';
  text += fmt::format("\n-- \ndocker-anomalies {}\n", kVersion);
  return header_line("From", header_address(smtp.from)) + list_header_line("To", recipients) +
         text_header_line("Subject", "[docker-anomalies] test mail from " + host) +
         header_line("Date", header_date(wall_clock())) +
         header_line("Message-ID",
                     fmt::format("<test-{:08x}{:08x}@{}>", random(), random(), smtp.message_id_domain)) +
         header_line("Auto-Submitted", "auto-generated") + header_line("X-Auto-Response-Suppress", "All") +
         header_line("MIME-Version", "1.0") + header_line("Content-Type", "text/plain; charset=utf-8") +
         header_line("Content-Transfer-Encoding", "quoted-printable") + "\r\n" + quoted_printable(text);
}

std::string outcome_text(const std::string& server, const std::vector<std::string>& conversation,
                         const SendOutcome& outcome) {
  std::string text = server + '\n';
  for (const std::string& line : conversation)
    text += "  " + plain_text(line) + '\n';
  for (const auto& [recipients, what] : {std::pair{&outcome.accepted_recipients, "accepted"},
                                         std::pair{&outcome.deferred_recipients, "deferred"},
                                         std::pair{&outcome.refused_recipients, "refused"}}) {
    for (const std::string& recipient : *recipients)
      text += fmt::format("{}: {}\n", plain_text(recipient), what);
  }
  text += fmt::format("{}{}\n", result_name(outcome.result),
                      outcome.detail.empty() ? "" : " (" + plain_text(outcome.detail) + ")");
  return text;
}

nlohmann::ordered_json safe_list(const std::vector<std::string>& texts) {
  auto list = nlohmann::ordered_json::array();
  for (const std::string& text : texts)
    list.push_back(plain_text(text));
  return list;
}

}  // namespace

int send_test_mail(const NotifyConfig& config, const TestMailOptions& options) {
  if (!config.smtp) return refuse({{}, "the configuration has no smtp section: nothing is mailed"});
  const SmtpConfig& smtp = *config.smtp;
  Notification note;
  note.severity = severity_from(options.severity).value_or(Severity::high);
  note.image = options.image;
  note.container_name = options.container;
  note.labels = options.label;
  const std::vector<MailAddress> to = recipients_of(smtp.routes, smtp.to, note);
  std::vector<std::string> recipients;
  for (const MailAddress& address : to)
    recipients.push_back(address.spec());

  SmtpClient client(smtp);
  const SendOutcome outcome = client.send(write_mail(smtp, note, to), recipients);
  const bool done = outcome.result == SendResult::accepted && outcome.deferred_recipients.empty() &&
                    outcome.refused_recipients.empty();
  const std::string server =
      fmt::format("{}, {}", host_and_port(smtp.host, smtp.port), security_name(smtp.security));
  std::string text = outcome_text(server, client.conversation(), outcome);
  if (options.json) {
    const nlohmann::ordered_json json = {{"server", host_and_port(smtp.host, smtp.port)},
                                         {"security", security_name(smtp.security)},
                                         {"to", safe_list(recipients)},
                                         {"delivered", done},
                                         {"result", result_name(outcome.result)},
                                         {"answer", plain_text(outcome.detail)},
                                         {"accepted", safe_list(outcome.accepted_recipients)},
                                         {"deferred", safe_list(outcome.deferred_recipients)},
                                         {"refused", safe_list(outcome.refused_recipients)},
                                         {"conversation", safe_list(client.conversation())}};
    text = json.dump(2, ' ', true) + '\n';
  }
  const int printed = print_all(text);
  return done ? printed : kExitFailure;
}

}  // namespace da
