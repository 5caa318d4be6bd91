#include "collector/docker/line_splitter.h"

namespace da::docker {

void LineSplitter::feed(std::string_view bytes) {
  if (overflowed_) return;
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  buffer_ += bytes;
}

std::optional<std::string_view> LineSplitter::next() {
  while (!overflowed_) {
    const std::size_t newline = buffer_.find('\n', scanned_);
    const std::size_t end = newline == std::string::npos ? buffer_.size() : newline;
    if (end - begin_ > limit_) {
      overflowed_ = true;
      buffer_.clear();
      buffer_.shrink_to_fit();
      begin_ = scanned_ = 0;
      break;
    }
    if (newline == std::string::npos) {
      scanned_ = end;
      break;
    }
    std::string_view line(buffer_.data() + begin_, newline - begin_);
    begin_ = scanned_ = newline + 1;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!line.empty()) return line;
  }
  return std::nullopt;
}

}  // namespace da::docker
