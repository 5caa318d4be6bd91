// The `smtp` and `notify` sections of analyzer.yaml, read and checked.
//
// Used by the analyzer's config and its wiring. Without an `smtp` section nothing is mailed.
//
//   Section root = Section::load("analyzer.yaml");
//   NotifyConfig config = NotifyConfig::from(root);   // throws ConfigError: file:line: key: what
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/notify/alert_policy.h"
#include "analyzer/notify/blind_watch.h"
#include "analyzer/notify/mail_address.h"
#include "analyzer/notify/mail_route.h"
#include "analyzer/notify/outbox.h"
#include "common/config/section.h"

namespace da {

enum class SmtpSecurity {
  starttls,  ///< required, certificate verified
  tls,       ///< from the first byte, certificate verified
  none,      ///< plaintext: to this machine only, unless allow_plaintext
};

enum class SmtpAuth {
  automatic,  ///< the strongest that the server offers
  plain,
  login,
  cram_md5,
};

struct SmtpConfig {
  std::string host;
  std::uint16_t port = 587;
  SmtpSecurity security = SmtpSecurity::starttls;
  std::string ca_file;  ///< PEM; empty for the system's
  std::string username;
  std::string password;
  std::string password_file{};          ///< where that came from, to be read again; empty: not from a file
  SmtpAuth auth = SmtpAuth::automatic;  ///< how to log in
  MailAddress from;
  std::vector<MailAddress> to;                                           ///< if no route fits
  std::string message_id_domain;                                         ///< also what we say in EHLO
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);  ///< with TLS and login
  std::chrono::milliseconds timeout = std::chrono::seconds(30);          ///< for all of one mail
  std::vector<MailRoute> routes{};
};

struct NotifyConfig {
  std::optional<SmtpConfig> smtp;
  PolicyRules policy;
  OutboxRules outbox;
  BlindRules blind;
  bool mask_secrets = true;
  std::string config_file{};  ///< where all this was read from; empty: not from a file

  /// Reads both sections of the root and checks them for unknown keys.
  [[nodiscard]] static NotifyConfig from(Section& root);
};

}  // namespace da
