// Follows an SMTP dialogue line by line and tells how it ended. Pure; fed by smtp_client from libcurl's
// trace, since libcurl alone does not say which recipient was refused nor in which phase it failed.
//
//   transcript.sent("RCPT TO:<a@b.c>\r\n");
//   transcript.received("550 no such user\r\n");
//   SendOutcome outcome = transcript.outcome(all_sent, ok, error);
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/notify/send_outcome.h"

namespace da {

class SmtpTranscript {
 public:
  void sent(std::string_view line);
  void received(std::string_view line);

  /// What was said, a line each, "> " before ours, "< " before theirs: bounded, nothing of the mail itself,
  /// and nothing of a login but its mechanism. The server's words are hostile text.
  [[nodiscard]] const std::vector<std::string>& conversation() const noexcept { return conversation_; }

  /// `body_sent`: the whole mail went out. `transport_ok`: libcurl calls it a success; if not, `error` says
  /// why.
  [[nodiscard]] SendOutcome outcome(bool body_sent, bool transport_ok, std::string_view error) const;

 private:
  enum class Phase { session, login, mail, recipient, data };

  void note(std::string_view line);

  struct Answer {
    std::string recipient;
    int code = 0;
    std::string text;
  };

  Phase phase_ = Phase::session;
  int code_ = 0;           ///< of the last complete answer
  bool answered_ = false;  ///< since the last command
  bool over_ = false;      ///< QUIT was sent
  std::string text_;       ///< last answer
  std::string recipient_;
  std::vector<Answer> recipients_;
  std::vector<std::string> conversation_;
};

}  // namespace da
