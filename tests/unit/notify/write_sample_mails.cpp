// Writes mails with usual and hostile contents into a directory, each with the bodies it should decode to:
// n.eml, n.txt, n.html, n.subject, n.json; of the JSON alone also alert-n.json, an array of alerts of every
// kind, in full and as for lists. For check_sample_mails.py and check_json_schemas.py.
#include <fstream>
#include <iostream>

#include "analyzer/notify/alert_json.h"
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
  write(stem + ".json", view.json);
}

void write_alerts(const std::string& path, const da::Notification& note) {
  std::string list;
  for (unsigned kind = 0; kind < 256; ++kind) {
    for (da::Alert alert : note.alerts) {
      alert.kind = static_cast<da::AlertKind>(kind);
      if (!da::is_known(alert.kind)) continue;
      alert.thread = alert.profile;
      alert.behaviour.windows = {{1, 2, 0xffff}, {}};
      da::AlertContext context;
      context.mail_refused = note.container_name;
      alert.silenced_by = note.host;
      context.verdict = da::AlertVerdict{"accepted", note.host, note.container_name, alert.time_ns};
      for (const bool evidence : {true, false}) {
        da::JsonOptions options;
        options.evidence = evidence;
        list += (list.empty() ? "[" : ",\n") + da::alert_json(alert, context, options);
      }
    }
  }
  write(path, list + "]\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write_sample_mails DIRECTORY\n";
    return 2;
  }
  const std::string directory = argv[1];
  int number = 0;
  const auto write_all = [&](const da::Notification& note) {
    write_mail(directory + "/" + std::to_string(number), note);
    write_alerts(directory + "/alert-" + std::to_string(number) + ".json", note);
    ++number;
  };
  write_all(da::test::command_injection());
  for (const std::string& value : da::test::hostile_texts())
    write_all(da::test::hostile_notification(value));
  std::cout << number << '\n';
}
