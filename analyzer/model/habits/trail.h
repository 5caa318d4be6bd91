// An object in general terms, as the names that lead to it: {"var", "www", "html"}, {"connects", "private",
// "5432"}. Of fixed size, so that none allocates.
//
// Made by path_object, address_object and command_shape; learned by a prefix_tree.
//
//   Trail trail;  trail.push("etc");  trail.push("nginx");
//   words_of(trail, '/')   // "etc/nginx"
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace da {

class Trail {
 public:
  static constexpr std::size_t kMostNames = 10;
  static constexpr std::size_t kMostBytes = 40;  ///< of a name; a longer one is cut, and ends with "~"

  /// False, and nothing changes, if the trail is full.
  bool push(std::string_view name) noexcept {
    if (size_ == kMostNames) return false;
    if (name == "*") name = "**";  // alone it means any name
    const std::size_t kept = name.size() < kMostBytes ? name.size() : kMostBytes;
    char* const to = bytes_.data() + size_ * kMostBytes;
    name.copy(to, kept);
    if (kept < name.size()) to[kept - 1] = '~';
    lengths_[size_++] = static_cast<std::uint8_t>(kept);
    return true;
  }
  void pop() noexcept {
    if (size_ > 0) --size_;
  }
  void clear() noexcept { size_ = 0; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::string_view operator[](std::size_t i) const noexcept {
    return {bytes_.data() + i * kMostBytes, lengths_[i]};
  }

 private:
  // Not cleared: only what lies before size_ is ever read.
  std::array<char, kMostNames * kMostBytes> bytes_;
  std::array<std::uint8_t, kMostNames> lengths_;
  std::size_t size_ = 0;
};

/// The names with the separator between them; bytes that are not printable ASCII as \xNN.
[[nodiscard]] std::string words_of(const Trail& trail, char separator);
/// As words_of() does with a name.
void append_printable(std::string& out, std::string_view bytes);

}  // namespace da
