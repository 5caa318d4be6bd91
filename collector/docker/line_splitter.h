// Cuts a byte stream into lines, wherever its pieces were cut before. Pure, and bounded.
//
// Used by the client on Docker's event stream, whose chunk boundaries say nothing.
//
//   LineSplitter lines(1 << 20);
//   lines.feed(chunk);
//   while (auto line = lines.next()) { ... }
//   if (lines.overflowed()) ...   // a line longer than the limit: the stream cannot be trusted
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace da::docker {

class LineSplitter {
 public:
  /// `limit`: bytes of the longest line that is kept, without its newline.
  explicit LineSplitter(std::size_t limit) : limit_(limit) {}

  /// After an overflow, bytes are dropped.
  void feed(std::string_view bytes);
  /// The next complete line without its end ("\n" or "\r\n"); valid until the next feed(). Empty lines
  /// are left out.
  [[nodiscard]] std::optional<std::string_view> next();
  [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }

 private:
  std::size_t limit_;
  std::string buffer_;
  std::size_t begin_ = 0;    ///< of the line to be returned next
  std::size_t scanned_ = 0;  ///< no newline between begin_ and here
  bool overflowed_ = false;
};

}  // namespace da::docker
