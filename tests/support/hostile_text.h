// Values that a container might choose to break a mail, a terminal or a page.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "tests/support/sample_alerts.h"

namespace da::test {

inline std::vector<std::string> hostile_texts() {
  using namespace std::string_literals;
  std::string every_byte;
  for (int c = 0; c < 256; ++c)
    every_byte += static_cast<char>(c);
  return {
      "x\r\nBcc: victim@example.org\r\n\r\nbody"s,
      "x\n.\nQUIT\n"s,
      "\x1b]0;title\x07\x1b[2J\x1b[31m"s,
      "<script>alert(1)</script><img src=x onerror=y>"s,
      "\"><a href='x'>&amp;</a><!--"s,
      "=?UTF-8?B?QmNjOiB4?= =?UTF-8?Q?=0D=0A?="s,
      "\xff\xfe\xc3\x28\xe2\x80\xae\xf0\x9f\x92\xa9\xed\xa0\x80"s,
      "--=_inc-6b1f0c2ad94e7788.0--"s,
      "--=_related.inc-6b1f0c2ad94e7788.2--\r\n"s,
      "--config=/tmp/evil --container *"s,
      std::string(100'000, 'A'),
      std::string(100'000, ' '),
      std::string(100'000, '\n'),
      "$(reboot); `reboot` && {}%s%n %{}"s,
      every_byte,
      ""s,
  };
}

/// A notification with the value wherever a text may stand.
inline Notification hostile_notification(const std::string& value) {
  Notification note = command_injection();
  note.alerts.push_back(traversal());
  note.host = note.container_id = note.container_name = note.labels = note.image = value;
  for (Alert& alert : note.alerts) {
    for (std::string* text :
         {&alert.id, &alert.host, &alert.container_id, &alert.container_name, &alert.labels, &alert.image,
          &alert.image_id, &alert.executable, &alert.command_line, &alert.parent_executable,
          &alert.started_by, &alert.score_meaning, &alert.profile, &alert.found, &alert.object,
          &alert.usual}) {
      *text = value;
    }
    for (EvidenceCall& call : alert.calls)
      call.text = value;
    for (std::string& call : alert.unseen_ngram)
      call = value;
    for (Expectation& expected : alert.expected)
      expected.call = value;
    alert.scores.end_ns = alert.time_ns + 1;
    alert.scores.values.assign(value.size() % 300, static_cast<std::int32_t>(value.size() % 7) - 3);
    alert.time_ns = value.size() % 2 == 0 ? std::numeric_limits<std::int64_t>::min() : alert.time_ns;
  }
  for (AlertCount& count : note.counts)
    count.executable = count.object = value;
  return note;
}

}  // namespace da::test
