#include "common/http/event_queue.h"

#include <algorithm>
#include <utility>

namespace da {
namespace {

/// Up to the next line break of any kind, which is taken off as well.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find_first_of("\r\n"), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end);
  if (text.starts_with("\r\n")) {
    text.remove_prefix(2);
  } else if (!text.empty()) {
    text.remove_prefix(1);
  }
  return line;
}

/// What would end its line ends the field.
void append_field(std::string& event, std::string_view name, std::string_view value) {
  event += name;
  event += ": ";
  event += take_line(value);
  event += '\n';
}

}  // namespace

bool EventQueue::push(std::string_view name, std::string_view data, std::string_view id) {
  if (closed_) return false;
  std::string event;
  append_field(event, "event", name);
  if (!id.empty()) append_field(event, "id", id);
  do {
    append_field(event, "data", take_line(data));
  } while (!data.empty());
  event += '\n';
  if (waiting_.size() + event.size() > options_.most_bytes) {
    abort();
    return false;
  }
  waiting_ += event;
  wake_.cancel();
  return true;
}

void EventQueue::close() {
  closed_ = true;
  wake_.cancel();
}

void EventQueue::abort() {
  waiting_.clear();
  close();
}

asio::awaitable<std::string> EventQueue::take(std::chrono::milliseconds longest) {
  if (waiting_.empty() && !closed_) {
    wake_.expires_after(longest);
    error_code ignored;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return std::exchange(waiting_, {});
}

}  // namespace da
