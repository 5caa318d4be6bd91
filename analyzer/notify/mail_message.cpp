#include "analyzer/notify/mail_message.h"

#include "analyzer/notify/mail_html.h"
#include "analyzer/notify/mail_text.h"
#include "analyzer/notify/mime.h"

namespace da {
namespace {

std::string header_address(const MailAddress& address) {
  if (address.name().empty()) return address.spec();
  return header_phrase(address.name()) + " <" + address.spec() + ">";
}

std::string message_id(const std::string& id, const std::string& domain) {
  return "<" + id + "@" + domain + ">";
}

std::string part(std::string_view type, const std::string& body) {
  return header_line("Content-Type", std::string(type) + "; charset=utf-8") +
         header_line("Content-Transfer-Encoding", "quoted-printable") + "\r\n" + quoted_printable(body) +
         "\r\n";
}

}  // namespace

std::string compose_mail(const MailView& view, const MailHead& head) {
  std::string mail = header_line("From", header_address(head.from));
  std::vector<std::string> recipients;
  for (const MailAddress& to : head.to)
    recipients.push_back(header_address(to));
  mail += list_header_line("To", recipients);
  mail += text_header_line("Subject", view.subject);
  mail += header_line("Date", header_date(head.written));
  mail += header_line("Message-ID", message_id(head.id, head.domain));
  if (!head.references.empty()) {
    mail += header_line("In-Reply-To", message_id(head.references.back(), head.domain));
    std::string references;
    for (const std::string& id : head.references)
      references += message_id(id, head.domain) + " ";
    mail += header_line("References", references);
  }
  // RFC 3834, and Exchange's own: no one's vacation answer shall come back.
  mail += header_line("Auto-Submitted", "auto-generated");
  mail += header_line("X-Auto-Response-Suppress", "All");
  mail += header_line("X-Docker-Anomalies-Incident", head.incident);
  mail += header_line("MIME-Version", "1.0");

  // "=_" cannot occur in quoted-printable, so no part can hold the boundary.
  const std::string boundary = "=_" + head.id;
  mail += header_line("Content-Type", "multipart/alternative; boundary=\"" + boundary + "\"");
  mail += "\r\n";
  mail += "--" + boundary + "\r\n" + part("text/plain", render_text(view));
  mail += "--" + boundary + "\r\n" + part("text/html", render_html(view));
  mail += "--" + boundary + "--\r\n";
  return mail;
}

}  // namespace da
