// A MailView as the bytes of an Internet message (RFC 5322, MIME): what smtp_client transmits. Pure.
//
// multipart/alternative of the plain text and the HTML, both quoted-printable, CRLF line ends; with the JSON
// attached, if the view has it.
//
//   std::string bytes = compose_mail(view, {.from = ..., .to = ..., .domain = "example.org",
//                                           .written = now, .id = "inc-0123456789abcdef.0"});
#pragma once

#include <string>
#include <vector>

#include "analyzer/notify/mail_address.h"
#include "analyzer/notify/mail_view.h"

namespace da {

struct MailHead {
  MailAddress from;
  std::vector<MailAddress> to;
  std::string domain;                   ///< right side of the Message-ID
  Moment written{};                     ///< Date
  std::string id;                       ///< left side of the Message-ID: the same mail, the same id
  std::vector<std::string> references;  ///< ids of earlier mails of the thread, oldest first
  std::string incident;                 ///< for X-Docker-Anomalies-Incident, to filter by
};

/// As it stands in From and To: "Anna B. <anna@example.org>".
[[nodiscard]] std::string header_address(const MailAddress& address);
[[nodiscard]] std::string compose_mail(const MailView& view, const MailHead& head);

}  // namespace da
