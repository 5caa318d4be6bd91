// Writes mails with usual and hostile contents into a directory, each with the bodies it should decode to:
// n.eml, n.txt, n.html, n.subject. For check_sample_mails.py.
#include <fstream>
#include <iostream>

#include "analyzer/notify/mail_html.h"
#include "analyzer/notify/mail_message.h"
#include "analyzer/notify/mail_text.h"
#include "tests/support/hostile_text.h"

namespace {

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

void write_mail(const std::string& stem, const da::Notification& note) {
  da::Notices notices;
  notices.refused = {note.host};
  const da::MailView view = da::make_view(note, notices, {});
  da::MailHead head{
      *da::MailAddress::from("D\xc3\xa9tecteur <da@example.org>"),
      {*da::MailAddress::from("\"Ops, night\" <ops@example.org>"), *da::MailAddress::from("b@example.org")},
      "example.org",
      da::Moment(std::chrono::milliseconds(1'795'489'929'120)),
      note.incident + ".2",
      {note.incident + ".0", note.incident + ".1"},
      note.incident};
  write(stem + ".eml", da::compose_mail(view, head));
  write(stem + ".txt", da::render_text(view));
  write(stem + ".html", da::render_html(view));
  write(stem + ".subject", view.subject);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_sample_mails DIRECTORY\n";
    return 2;
  }
  const std::string directory = argv[1];
  int number = 0;
  write_mail(directory + "/0", da::test::command_injection());
  for (const std::string& value : da::test::hostile_texts()) {
    write_mail(directory + "/" + std::to_string(++number), da::test::hostile_notification(value));
  }
  std::cout << number + 1 << '\n';
}
