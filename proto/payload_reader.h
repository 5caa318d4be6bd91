// Goes through a payload as msgpack::parse() would, but for the columns of integers, of which it nearly
// consists: those it reads by itself.
//
// Used by codec_decode.cpp alone. What it does not expect it leaves to msgpack's parser and the visitor,
// which find the words for it.
//
//   if (!PayloadReader(payload, visitor).read()) return visitor.error;
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <msgpack.hpp>

#include "proto/codec_visitor.h"
#include "proto/packed_integer.h"

namespace da::detail {

class PayloadReader {
 public:
  PayloadReader(std::string_view payload, BatchVisitor& visitor) : payload_(payload), visitor_(visitor) {}

  /// False: see the visitor's error.
  [[nodiscard]] bool read() {
    const auto entries = take_count(0x80, 0xde);
    if (!entries) return parse();
    if (!visitor_.start_map(*entries)) return false;
    for (std::uint32_t i = 0; i < *entries; ++i) {
      visitor_.start_map_key();
      if (!parse()) return false;
      visitor_.end_map_key();
      if (!(visitor_.expects_column() ? read_column() : parse())) return false;
    }
    return visitor_.end_map();
  }
  /// Where the payload ended.
  [[nodiscard]] std::size_t end() const noexcept { return at_; }

 private:
  /// One value, by msgpack.
  [[nodiscard]] bool parse() { return msgpack::parse(payload_.data(), payload_.size(), at_, visitor_); }

  /// The count of a map or an array. Nothing, and nothing is taken: there is none.
  /// `small`: the tag of those with up to 15; `big`: of those whose count has 2 bytes; the next: 4 bytes.
  [[nodiscard]] std::optional<std::uint32_t> take_count(std::uint8_t small, std::uint8_t big) {
    if (at_ >= payload_.size()) return {};
    const auto tag = byte(at_);
    if ((tag & 0xf0U) == small) {
      ++at_;
      return tag & 0x0fU;
    }
    const std::size_t bytes = tag == big ? 2 : tag == big + 1 ? 4 : 0;
    if (bytes == 0 || payload_.size() - at_ <= bytes) return {};
    std::uint32_t count = 0;
    for (std::size_t i = 1; i <= bytes; ++i)
      count = count << 8U | byte(at_ + i);
    at_ += 1 + bytes;
    return count;
  }
  [[nodiscard]] std::uint8_t byte(std::size_t at) const { return static_cast<std::uint8_t>(payload_[at]); }

  [[nodiscard]] bool read_column() {
    const auto count = take_count(0x90, 0xdc);
    if (!count) return parse();
    if (!visitor_.start_array(*count)) return false;
    std::array<std::int64_t, 128> values;
    for (std::size_t left = *count; left > 0;) {
      const std::size_t read = take_integers(std::span(values).first(std::min(left, values.size())));
      visitor_.append(std::span(values).first(read));
      left -= read;
      if (read > 0) continue;
      // One of the last few, a nil, or what should not be there.
      if (!parse()) return false;
      --left;
    }
    return visitor_.end_array();
  }

  /// As many as there are, one after the other, and fit: how many.
  [[nodiscard]] std::size_t take_integers(std::span<std::int64_t> into) noexcept {
    const char* at = payload_.data() + at_;
    const char* const end = payload_.data() + payload_.size();
    std::size_t count = 0;
    while (count < into.size() && end - at >= static_cast<std::ptrdiff_t>(kPackedRoom)) {
      const char* const next = unpack_integer(at, into[count]);
      if (next == nullptr) break;
      at = next;
      ++count;
    }
    at_ = static_cast<std::size_t>(at - payload_.data());
    return count;
  }

  std::string_view payload_;
  BatchVisitor& visitor_;
  std::size_t at_ = 0;
};

}  // namespace da::detail
