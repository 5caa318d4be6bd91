#include "common/loss_log.h"

#include "common/log.h"

namespace da {
namespace {

constexpr auto kCalm = std::chrono::seconds(5);  // without a loss: the episode is over

}  // namespace

void LossLog::update(std::uint64_t total, Time now) {
  if (total > seen_) {
    if (episode_.begin()) {
      at_begin_ = seen_;
      log_warning("losing records; they are counted and marked as gaps", "where", where_);
    }
    seen_ = total;
    last_loss_ = now;
  } else if (now - last_loss_ >= kCalm && episode_.end()) {
    log_warning("no more records are lost", "where", where_, "lost", seen_ - at_begin_, "lost_since_start",
                seen_);
  }
}

}  // namespace da
