// How an attempt to send a mail ended: made by smtp_client, judged by Outbox.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace da {

enum class SendResult : std::uint8_t {
  accepted,     ///< the server took it for at least one recipient
  deferred,     ///< 4xx for this mail: later
  unreachable,  ///< no server, no TLS, no login, 421: later, and that goes for every mail
  unknown,      ///< the whole mail was sent, but no answer came: it may have been accepted
  refused,      ///< 5xx for this mail: never again
};

struct SendOutcome {
  SendResult result = SendResult::unreachable;
  bool content_refused = false;  ///< refused, for what is written in it
  bool login_refused = false;    ///< unreachable, since the server does not take user and password
  std::string detail;            ///< the server's answer or the error; hostile text
  // The server's answer to each recipient (user@host) whom it came to.
  std::vector<std::string> accepted_recipients;
  std::vector<std::string> deferred_recipients;
  std::vector<std::string> refused_recipients;
};

}  // namespace da
