// What a mail says, in safe words: a Notification turned into short texts that only need laying out.
//
// Made by make_view(), laid out by mail_text and mail_html. This is the one place where hostile bytes
// become text: every string of a view is printable ASCII with secrets masked (still to be escaped in HTML).
//
//   MailView view = make_view(note, notices, {});
//   std::string plain = render_text(view);
#pragma once

#include <string>
#include <vector>

#include "analyzer/notify/notification.h"

namespace da {

/// What the mail must tell beside the incident: what happened to other mails.
struct Notices {
  std::uint64_t dropped_mails = 0;     ///< the outbox was full
  std::uint64_t dropped_alerts = 0;    ///< in them
  std::vector<std::string> uncertain;  ///< mails that may or may not have arrived, a line each
  std::vector<std::string> refused;    ///< mails that the server refused for good, a line each
  bool repeats_uncertain = false;      ///< this mail is itself the copy of one that may have arrived

  [[nodiscard]] bool empty() const {
    return dropped_mails == 0 && uncertain.empty() && refused.empty() && !repeats_uncertain;
  }
};

struct ViewOptions {
  bool mask = true;           ///< hide what looks like a secret
  bool bare = false;          ///< nothing a container chose: for a mail server that refused the contents
  std::string config_file{};  ///< of the analyzer, for the commands; empty: where it is by default
};

struct Fact {
  std::string label;
  std::string value;
};

/// How a call of the evidence stands to the first unseen n-gram.
enum class CallMark { none, in_ngram, first_unseen, later_unseen };

struct CallLine {
  std::string time;  ///< "03:12:07.120"
  std::string text;  ///< the whole call; [tid] before it where several threads are shown
  std::string name;
  std::string arguments;
  std::string result;  ///< empty: not known to have returned
  CallMark mark = CallMark::none;
};

struct AlertView {
  std::string headline;  ///< "/bin/sh never seen in this image"
  std::string sentence;
  std::string command;      ///< of a program never seen: what it was started to do
  std::vector<Fact> facts;  ///< where and who
  bool brief = false;       ///< no room for its evidence: that is attached
  std::vector<CallLine> calls;
  std::size_t earlier_calls = 0;  ///< of the evidence, left out before the first shown
  std::size_t later_calls = 0;
  std::vector<Fact> findings;  ///< why the calls were judged so
  std::vector<Fact> answers;   ///< what an operator can say to it: when, and the command
  std::string picture;         ///< of its score: the id of a MailPicture; empty: none
  std::string picture_words;   ///< what the picture shows
};

/// Attached to the mail, and shown where its id is named.
struct MailPicture {
  std::string id;  ///< of the Content-ID: "score-1.inc-0123456789abcdef.0@docker-anomalies"
  std::string png;
};

struct MailView {
  std::string subject;
  std::string where;    ///< "web (4f66a1b2c3d4) on host7"
  std::string summary;  ///< how much, when, which mail of the incident
  std::vector<std::string> notices;
  std::vector<AlertView> alerts;
  std::vector<Fact> counts;       ///< further alerts: what, how many
  std::string left_out;           ///< empty if all was shown
  std::vector<Fact> first_steps;  ///< what to do, and the command
  std::string footer;
  std::vector<MailPicture> pictures;
  std::string json;  ///< incident_json(), to be attached; empty: a bare mail
};

[[nodiscard]] MailView make_view(const Notification& note, const Notices& notices,
                                 const ViewOptions& options);

/// A whole mail on one line, with the ids of its alerts: for another mail that must mention it, and the log.
[[nodiscard]] std::string mail_line(const Notification& note);
/// The one-line title of an alert, for subjects, logs and lists.
[[nodiscard]] std::string headline(const Alert& alert);
/// "2026-11-24 03:12:07.120 UTC"
[[nodiscard]] std::string utc_time(std::int64_t time_ns);
/// "2026-11-24 03:12:07"
[[nodiscard]] std::string utc_seconds(std::int64_t time_ns);
/// "2026-11-24T03:12:07.120000000Z", by RFC 3339 and to the nanosecond: as a number it would be more than
/// JavaScript holds. What lies before 1970, which makes no sense, is 1970.
[[nodiscard]] std::string rfc3339_time(std::int64_t time_ns);

}  // namespace da
