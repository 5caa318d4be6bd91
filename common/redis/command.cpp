#include "common/redis/command.h"

#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace da::redis {

void Pipeline::add(std::span<const std::string> words) {
  begin(words.size());
  for (const std::string& word : words)
    append(word);
}

void Pipeline::add(std::span<const std::string_view> words) {
  begin(words.size());
  for (const std::string_view word : words)
    append(word);
}

void Pipeline::add(std::initializer_list<std::string_view> before, std::shared_ptr<const std::string> large,
                   std::initializer_list<std::string_view> after) {
  begin(before.size() + 1 + after.size());
  for (const std::string_view word : before)
    append(word);
  fmt::format_to(std::back_inserter(bytes_), "${}\r\n", large->size());
  large_bytes_ += large->size();
  large_.push_back({bytes_.size(), std::move(large)});
  bytes_.append("\r\n");
  for (const std::string_view word : after)
    append(word);
}

std::vector<std::string_view> Pipeline::pieces() const {
  std::vector<std::string_view> pieces;
  pieces.reserve(2 * large_.size() + 1);
  const std::string_view own = bytes_;
  std::size_t begin = 0;
  for (const Large& each : large_) {
    pieces.push_back(own.substr(begin, each.place - begin));
    pieces.emplace_back(*each.bytes);
    begin = each.place;
  }
  pieces.push_back(own.substr(begin));
  return pieces;
}

// RESP: an array of bulk strings, each with its length, so any byte may occur in any argument.
void Pipeline::begin(std::size_t words) {
  fmt::format_to(std::back_inserter(bytes_), "*{}\r\n", words);
  ++size_;
}

void Pipeline::append(std::string_view word) {
  fmt::format_to(std::back_inserter(bytes_), "${}\r\n", word.size());
  bytes_.append(word);
  bytes_.append("\r\n");
}

}  // namespace da::redis
