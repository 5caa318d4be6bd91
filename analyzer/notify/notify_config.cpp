#include "analyzer/notify/notify_config.h"

#include <fmt/format.h>

namespace da {
namespace {

using namespace std::chrono_literals;

constexpr const char* kPasswordVariable = "DOCKER_ANOMALIES_SMTP_PASSWORD";
constexpr std::size_t kMaxRecipients = 50;

bool is_this_machine(const std::string& host) {
  const bool ipv4 = host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
  return ipv4 || host == "localhost" || host == "::1";
}

bool is_host(const std::string& host) {
  const bool ipv6 = host.find(':') != std::string::npos &&
                    host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string::npos;
  return ipv6 || is_domain(host);
}

MailAddress read_address(const Section& smtp, const std::string& key, const std::string& text) {
  auto address = MailAddress::from(text);
  if (!address) throw smtp.error(key, address.error().message());
  return *std::move(address);
}

/// A list of addresses, one at least.
std::vector<MailAddress> read_recipients(Section& smtp) {
  const std::vector<std::string> texts = smtp.strings("to");
  if (texts.empty()) throw smtp.error("to", "at least one address is needed, as a list");
  if (texts.size() > kMaxRecipients)
    throw smtp.error("to", fmt::format("more than {} addresses", kMaxRecipients));
  std::vector<MailAddress> recipients;
  recipients.reserve(texts.size());
  for (const std::string& text : texts)
    recipients.push_back(read_address(smtp, "to", text));
  return recipients;
}

std::vector<MailRoute> read_routes(Section& smtp) {
  constexpr std::size_t kMostRoutes = 100;
  std::vector<MailRoute> routes;
  for (Section& section : smtp.sections("routes")) {
    MailRoute route;
    route.min_severity =
        severity_from(section.word("min_severity", "low", {"low", "medium", "high"})).value_or(Severity::low);
    route.image = section.string("image", "");
    route.container = section.string("container", "");
    route.label = section.string("label", "");
    if (route.label.starts_with('='))
      throw section.error("label", "expected NAME=GLOB, or NAME for any value");
    route.to = read_recipients(section);
    route.goes_on = section.boolean("continue", false);
    section.done();
    routes.push_back(std::move(route));
  }
  if (routes.size() > kMostRoutes) throw smtp.error("routes", "more than 100");
  return routes;
}

SmtpAuth read_auth(Section& smtp) {
  const std::string word = smtp.word("auth", "auto", {"auto", "plain", "login", "cram-md5"});
  if (word == "plain") return SmtpAuth::plain;
  if (word == "login") return SmtpAuth::login;
  return word == "cram-md5" ? SmtpAuth::cram_md5 : SmtpAuth::automatic;
}

SmtpSecurity read_security(Section& smtp, const std::string& host) {
  const std::string word = smtp.word("security", "starttls", {"starttls", "tls", "none"});
  const bool allow_plaintext = smtp.boolean("allow_plaintext", false);
  if (word == "starttls") return SmtpSecurity::starttls;
  if (word == "tls") return SmtpSecurity::tls;
  if (!is_this_machine(host) && !allow_plaintext) {
    throw smtp.error("security",
                     "\"none\" would send alerts unencrypted over the network; use starttls or tls, or "
                     "confirm with allow_plaintext: true");
  }
  return SmtpSecurity::none;
}

std::int64_t usual_port(SmtpSecurity security) {
  switch (security) {
    case SmtpSecurity::starttls:
      return 587;
    case SmtpSecurity::tls:
      return 465;
    case SmtpSecurity::none:
      return 25;
  }
  return 587;
}

SmtpConfig read_smtp(Section smtp) {
  const std::string host = smtp.string("host", "");
  if (!is_host(host)) throw smtp.error("host", "expected the name or address of the mail server");
  const SmtpSecurity security = read_security(smtp, host);
  MailAddress from = read_address(smtp, "from", smtp.string("from", ""));
  SmtpConfig config{.host = host,
                    .security = security,
                    .ca_file = {},
                    .username = {},
                    .password = {},
                    .from = from,
                    .to = read_recipients(smtp),
                    .message_id_domain = {}};
  config.port = static_cast<std::uint16_t>(smtp.integer("port", usual_port(security), 1, 65535));
  config.ca_file = smtp.string("ca_file", "");
  config.username = smtp.string("username", "");
  config.auth = read_auth(smtp);
  if (smtp.has("auth") && config.username.empty()) throw smtp.error("auth", "a username is needed, too");
  config.password = smtp.secret("password", kPasswordVariable).value_or("");
  if (smtp.has("password_file")) config.password_file = smtp.string("password_file", "");
  if (!config.username.empty() && config.password.empty()) {
    throw smtp.error(
        "username",
        fmt::format("a password is needed, too: password_file, or {} in the environment", kPasswordVariable));
  }
  if (config.username.empty() && (smtp.has("password") || smtp.has("password_file"))) {
    throw smtp.error("password", "a username is needed, too");
  }
  config.message_id_domain = smtp.string("message_id_domain", from.domain());
  if (!is_domain(config.message_id_domain)) throw smtp.error("message_id_domain", "expected a domain name");
  config.connect_timeout = smtp.duration("connect_timeout", config.connect_timeout, 100ms, 5min);
  config.routes = read_routes(smtp);
  config.timeout = smtp.duration("timeout", config.timeout, 1s, 10min);
  smtp.done();
  return config;
}

BlindRules read_blindness(Section section) {
  BlindRules rules;
  rules.mail = section.boolean("mail", rules.mail);
  rules.after = section.duration("after", rules.after, 10s, 24h);
  rules.calm = section.duration("calm", rules.calm, 1s, 24h);
  constexpr std::int64_t kMost = 1'000'000'000'000;
  rules.lost_records = static_cast<std::uint64_t>(
      section.integer("lost_records", static_cast<std::int64_t>(rules.lost_records), 1, kMost));
  section.done();
  return rules;
}

}  // namespace

NotifyConfig NotifyConfig::from(Section& root) {
  NotifyConfig config;
  if (root.has("smtp")) config.smtp = read_smtp(root.section("smtp"));

  Section notify = root.section("notify");
  PolicyRules& policy = config.policy;
  policy.group_wait = notify.duration("group_wait", policy.group_wait, 0ms, 10min);
  policy.group_interval = notify.duration("group_interval", policy.group_interval, 1s, 24h);
  policy.repeat_interval = notify.duration("repeat_interval", policy.repeat_interval, 1s, 7 * 24h);
  policy.resolve_after = notify.duration("resolve_after", policy.resolve_after, 1s, 7 * 24h);
  policy.alerts_per_mail = static_cast<std::size_t>(
      notify.integer("alerts_per_mail", static_cast<std::int64_t>(policy.alerts_per_mail), 1, 100));
  config.outbox.mails = static_cast<std::size_t>(
      notify.integer("outbox_mails", static_cast<std::int64_t>(config.outbox.mails), 1, 100'000));
  config.mask_secrets = notify.boolean("mask_secrets", true);
  config.blind = read_blindness(notify.section("blindness"));
  notify.done();
  return config;
}

}  // namespace da
