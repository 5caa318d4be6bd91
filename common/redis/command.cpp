#include "common/redis/command.h"

#include <iterator>

#include <fmt/format.h>

namespace da::redis {

void Pipeline::add(std::span<const std::string> words) {
  append(words);
}
void Pipeline::add(std::span<const std::string_view> words) {
  append(words);
}

// RESP: an array of bulk strings, each with its length, so any byte may occur in any argument.
template <typename Word>
void Pipeline::append(std::span<const Word> words) {
  auto out = std::back_inserter(bytes_);
  fmt::format_to(out, "*{}\r\n", words.size());
  for (const Word& word : words) {
    fmt::format_to(out, "${}\r\n", word.size());
    bytes_.append(word);
    bytes_.append("\r\n");
  }
  ++size_;
}

}  // namespace da::redis
