// Posts one event to an HTTP server, with libcurl; blocks, so it runs on a thread of its own.
//
// Used by Outputs. A connection per event, bounded by the timeout and by abort(). Redirections are not
// followed: they could lead an event, and the token, elsewhere.
//
//   WebhookClient client(config);
//   PostOutcome outcome = client.post("call-17.open", json);
#pragma once

#include <atomic>
#include <chrono>
#include <string>

namespace da {

struct WebhookConfig {
  std::string url;      ///< https://..., or http:// as far as the configuration permits
  std::string token;    ///< sent as a bearer token; empty: none
  std::string ca_file;  ///< PEM; empty: the system's
  std::chrono::milliseconds timeout = std::chrono::seconds(10);
  std::size_t queue = 1000;  ///< events that wait while the server is away
};

enum class PostResult : std::uint8_t {
  accepted,  ///< 2xx
  later,     ///< no answer, 408, 425, 429 or 5xx: to be tried again
  refused,   ///< any other answer: never again
};

struct PostOutcome {
  PostResult result = PostResult::later;
  std::string detail;                   ///< the status or the error; hostile text
  std::chrono::seconds retry_after{0};  ///< as the server asked, at most an hour
};

class WebhookClient {
 public:
  explicit WebhookClient(WebhookConfig config);

  [[nodiscard]] PostOutcome post(const std::string& id, const std::string& json);
  /// From any thread: the post under way and all later ones end within about a second.
  void abort() noexcept { aborted_.store(true); }

 private:
  WebhookConfig config_;
  std::atomic<bool> aborted_{false};
};

/// What a status means. Pure.
[[nodiscard]] PostResult judge_status(long status) noexcept;

}  // namespace da
