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
  [[nodiscard]] SendOutcome send(const std::string& mail, const std::vector<std::string>& recipients);

  /// From any thread: the send under way and all later ones end within about two seconds.
  void abort() noexcept { aborted_.store(true); }

 private:
  SmtpConfig config_;
  std::atomic<bool> aborted_{false};
};

}  // namespace da
