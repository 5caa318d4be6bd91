// The alerts that a silence keeps back, so that what still goes on when it ends is told then. Pure; bounded.
//
// Used by NotifyState. Of each kind, executable and object in a container the latest alert is kept.
//
//   if (auto instead_of = silenced.keep(alert, now)) ...       // ids of alerts that need no row any more
//   for (Alert& alert : silenced.take_if(...)) policy.take(std::move(alert), now);
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "analyzer/notify/alert.h"
#include "analyzer/notify/notification.h"

namespace da {

class SilencedAlerts {
 public:
  static constexpr std::size_t kMost = 500;

  struct Kept {
    Alert alert;
    Moment came{};
  };

  /// Returns the ids of those that it made go: an earlier one like it, or it itself if a later one is there;
  /// or, for lack of room, the one that came first.
  [[nodiscard]] std::vector<std::string> keep(Alert alert, Moment came);
  [[nodiscard]] bool has(const std::string& alert_id) const;
  /// Removes and returns those.
  [[nodiscard]] std::vector<Kept> take_if(const std::function<bool(const Kept&)>& condition);
  [[nodiscard]] std::size_t size() const noexcept { return kept_.size(); }

 private:
  using Key = std::tuple<std::string, std::string, AlertKind, std::string, std::string>;

  std::map<Key, Kept> kept_;
};

}  // namespace da
