#include "analyzer/notify/mail_message.h"

#include "analyzer/notify/mail_html.h"
#include "analyzer/notify/mail_text.h"
#include "analyzer/notify/mime.h"

namespace da {
namespace {

std::string message_id(const std::string& id, const std::string& domain) {
  return "<" + id + "@" + domain + ">";
}

/// "=_" occurs neither in quoted-printable nor in base64, so no part can hold a boundary; and none begins
/// with another.
std::string boundary(std::string_view kind, const std::string& id) {
  return "=_" + std::string(kind) + "." + id;
}

/// A header and its parts, each of which begins with its own header.
std::string multipart(const std::string& type, const std::string& separator,
                      const std::vector<std::string>& parts) {
  std::string text = header_line("Content-Type", "multipart/" + type + "; boundary=\"" + separator + "\"");
  text += "\r\n";
  for (const std::string& each : parts)
    text += "--" + separator + "\r\n" + each;
  return text + "--" + separator + "--\r\n";
}

std::string text_part(std::string_view type, const std::string& body) {
  return header_line("Content-Type", std::string(type) + "; charset=utf-8") +
         header_line("Content-Transfer-Encoding", "quoted-printable") + "\r\n" + quoted_printable(body) +
         "\r\n";
}

std::string with_pictures(std::string html, const std::vector<MailPicture>& pictures, const std::string& id) {
  std::vector<std::string> parts = {std::move(html)};
  for (const MailPicture& picture : pictures) {
    parts.push_back(header_line("Content-Type", "image/png") +
                    header_line("Content-Disposition", "inline; filename=\"score.png\"") +
                    header_line("Content-ID", "<" + picture.id + ">") +
                    header_line("Content-Transfer-Encoding", "base64") + "\r\n" + base64_lines(picture.png));
  }
  return multipart("related; type=\"text/html\"", boundary("related", id), parts);
}

std::string alternatives(const MailView& view, const std::string& id) {
  std::string html = text_part("text/html", render_html(view));
  if (!view.pictures.empty()) html = with_pictures(std::move(html), view.pictures, id);
  return multipart("alternative", boundary("alternative", id),
                   {text_part("text/plain", render_text(view)), std::move(html)});
}

std::string with_attachment(const std::string& body, const std::string& json, const std::string& id) {
  const std::string attachment =
      header_line("Content-Type", "application/json; name=\"" + id + ".json\"") +
      header_line("Content-Disposition", "attachment; filename=\"" + id + ".json\"") +
      header_line("Content-Transfer-Encoding", "base64") + "\r\n" + base64_lines(json);
  return multipart("mixed", boundary("mixed", id), {body, attachment});
}

}  // namespace

std::string header_address(const MailAddress& address) {
  if (address.name().empty()) return address.spec();
  return header_phrase(address.name()) + " <" + address.spec() + ">";
}

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

  const std::string alternative = alternatives(view, head.id);
  mail += view.json.empty() ? alternative : with_attachment(alternative, view.json, head.id);
  return mail;
}

}  // namespace da
