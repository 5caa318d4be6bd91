// An address mail can be sent to: "ops@example.org" or "Operations <ops@example.org>", checked.
//
// Used by the configuration, mail_message and smtp_client. A value cannot hold what would break out of a
// header or an SMTP command.
//
//   Result<MailAddress> to = MailAddress::from("Ops <ops@example.org>");
#pragma once

#include <string>
#include <string_view>

#include "common/result.h"

namespace da {

class MailAddress {
 public:
  /// Fails with a message that says what is wrong with the text.
  [[nodiscard]] static Result<MailAddress> from(std::string_view text);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }  ///< UTF-8, may be empty
  [[nodiscard]] const std::string& spec() const noexcept { return spec_; }  ///< user@host
  [[nodiscard]] std::string domain() const { return spec_.substr(spec_.rfind('@') + 1); }

 private:
  MailAddress(std::string name, std::string spec) : name_(std::move(name)), spec_(std::move(spec)) {}

  std::string name_;
  std::string spec_;
};

/// "mail.example.org": letters, digits, hyphens and dots.
[[nodiscard]] bool is_domain(std::string_view text);

}  // namespace da
