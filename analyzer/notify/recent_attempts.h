// Which attempts of this run may have brought a mail to its recipients, the latest of them: what a Redis that
// loses its last second to a power failure forgets, together with the mark and with the mail being done.
//
// Used by Notifier, which does not send such a mail again, and by the wiring, which tells the ledger of them
// when Redis is back, before another analyzer asks.
//
//   recent.begun("inc-0123.0/0");  recent.accepted("inc-0123.0/0");      // or recent.failed(...)
//   if (recent.was_accepted(key)) ...
//   ledger.remark(recent.keys());
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace da {

class RecentAttempts {
 public:
  static constexpr std::size_t kRemembered = 1000;

  /// Marked in the ledger; about to be sent.
  void begun(const std::string& key) {
    if (!accepted_.emplace(key, false).second) return;
    order_.push_back(key);
    if (order_.size() <= kRemembered) return;
    accepted_.erase(order_.front());
    order_.pop_front();
  }
  void accepted(const std::string& key) {
    if (const auto found = accepted_.find(key); found != accepted_.end()) found->second = true;
  }
  /// No recipient has the mail: what is marked must not keep another from sending it.
  void failed(const std::string& key) {
    if (accepted_.erase(key) > 0) std::erase(order_, key);
  }

  [[nodiscard]] bool was_accepted(const std::string& key) const {
    const auto found = accepted_.find(key);
    return found != accepted_.end() && found->second;
  }
  /// Of all that may have been sent, the oldest first.
  [[nodiscard]] std::vector<std::string> keys() const { return {order_.begin(), order_.end()}; }

 private:
  std::map<std::string, bool> accepted_;
  std::deque<std::string> order_;
};

}  // namespace da
