// Writes text to a descriptor without ever waiting for who reads it: a paused pager or a hung log driver must
// not hold up a program that others depend on, least of all one that keeps traced tasks stopped.
//
//   ImpatientWriter out(STDERR_FILENO);
//   out.write(lines);                 // what the reader has no room for is dropped, whole lines, and counted
//   out.write(lines, [](std::uint64_t count) { return fmt::format("[{} lines dropped]\n", count); });
#pragma once

#include <cstdint>
#include <string_view>

namespace da {

class ImpatientWriter {
 public:
  explicit ImpatientWriter(int fd) noexcept : fd_(fd) {}

  /// Lines, each ended by '\n'. Not thread-safe. A closed or failing descriptor counts as no room.
  void write(std::string_view lines) noexcept;
  /// The same; when the reader takes lines again, `notice(count)`, a line, stands for those that were
  /// dropped.
  template <typename Notice>
  void write(std::string_view lines, Notice notice) {
    write(lines);
    if (const auto dropped = take_dropped(); dropped != 0) {
      untold_ += dropped;
    } else if (untold_ != 0) {
      write(notice(untold_));
      if (take_dropped() == 0) untold_ = 0;
    }
  }
  /// Lines dropped since the last call of this.
  [[nodiscard]] std::uint64_t take_dropped() noexcept;

 private:
  int fd_;
  std::uint64_t dropped_ = 0;
  std::uint64_t untold_ = 0;
};

}  // namespace da
