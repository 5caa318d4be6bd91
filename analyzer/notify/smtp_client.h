// Sends one mail by SMTP, with libcurl; blocks, so it runs on the notifier's own thread.
//
// Used by Notifier and the integration tests. A connection per mail: mails are rare, and a connection
// left open would only go stale. Everything is bounded by the configured timeouts and by abort().
//
//   SmtpClient client(config);
//   SendOutcome outcome = client.send(bytes, {"ops@example.org"});
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "analyzer/notify/notify_config.h"
#include "analyzer/notify/send_outcome.h"

namespace da {

class SmtpClient {
 public:
  explicit SmtpClient(SmtpConfig config);

  /// Blocks for the configured timeout at most, and as long again for a last QUIT. `mail` is CRLF text
  /// without dot-stuffing.
  /// When the login is refused, and the password came from a file that holds another by now, it is tried once
  /// more with that.
  [[nodiscard]] SendOutcome send(const std::string& mail, const std::vector<std::string>& recipients);
  /// Of the latest send(), on its thread: see SmtpTranscript.
  [[nodiscard]] const std::vector<std::string>& conversation() const noexcept { return conversation_; }

  /// From any thread: the send under way and all later ones end within about two seconds.
  void abort() noexcept { aborted_.store(true); }

 private:
  [[nodiscard]] SendOutcome send_once(const std::string& mail, const std::vector<std::string>& recipients);
  /// False if it is what it was, or cannot be read.
  [[nodiscard]] bool read_password_again();

  SmtpConfig config_;
  std::vector<std::string> conversation_;
  std::atomic<bool> aborted_{false};
};

}  // namespace da
