// Server-sent events on their way to one browser: whoever has news pushes, the connection sends.
//
// Made by a handler and returned in HttpReply::event_stream; kept, weakly, by who has the news. Bounded: a
// client that reads too slowly is let go rather than kept waiting or sent half of it. A browser's EventSource
// comes back by itself, and is then told all anew.
//
//   auto events = std::make_shared<EventQueue>(executor);
//   events->push("snapshot", everything());          // the first thing it gets
//   listeners_.push_back(events);                     // std::weak_ptr
//   return HttpReply::event_stream(std::move(events));
//   ...
//   if (auto events = listener.lock()) events->push("score", json);   // expired: the client is gone
//
// On one strand, the server's.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "common/asio.h"

namespace da {

struct EventQueueOptions {
  std::size_t most_bytes = std::size_t{1} << 20U;  ///< waiting to be sent
};

class EventQueue {
 public:
  explicit EventQueue(const asio::any_io_executor& executor, EventQueueOptions options = {})
      : options_(options), wake_(executor) {}

  /// `data` may be of several lines; `name` of one, of letters; `id` may be empty, or what the browser will
  /// name as Last-Event-ID when it comes back. False, and the stream ends, if there is no room.
  bool push(std::string_view name, std::string_view data, std::string_view id = {});
  /// Ends the stream when what was pushed is sent.
  void close();
  /// Ends it now.
  void abort();

  // For the connection.

  /// What was pushed since the last call, once there is something; empty after `longest`, or at the end.
  [[nodiscard]] asio::awaitable<std::string> take(std::chrono::milliseconds longest);
  /// Nothing more will come.
  [[nodiscard]] bool ended() const noexcept { return closed_ && waiting_.empty(); }

 private:
  EventQueueOptions options_;
  asio::steady_timer wake_;
  std::string waiting_;
  bool closed_ = false;
};

}  // namespace da
