// What a binary asked its configuration for: each key with its type, default and bounds, and what it got.
//
// Recorded by Section. Used to tell what a reload changes (reload.h), to print what is in force, and to write
// the reference and the schema (key_reference.h), which so can say nothing but what is read.
//
//   const ReadKeys& keys = root.read_keys();
//   for (const auto& [path, key] : keys) fmt::print("{}: {}\n", path, key.value);
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace da {

enum class KeyType { text, word, integer, number, percent, boolean, duration, bytes, texts, secret };

struct ReadKey {
  KeyType type = KeyType::text;
  std::string fallback{};              ///< as it would be written
  std::string min{};                   ///< as it would be written; empty for a type without bounds
  std::string max{};                   ///< likewise
  std::vector<std::string> allowed{};  ///< of a word
  std::string value{};                 ///< in force, as it would be written; of a secret "***"
  std::string origin{};                ///< where it was given: "analyzer.yaml:12"; empty: it is the default
  std::size_t number = 0;              ///< counts up in the order of reading
  std::size_t fingerprint = 0;         ///< of a secret: tells one from another in this process, and no more
};

/// By path: "redis.nodes[0].url".
using ReadKeys = std::map<std::string, ReadKey, std::less<>>;

/// "redis.nodes[0].url" is one of all "redis.nodes[].url".
[[nodiscard]] std::string general_path(std::string_view path);

}  // namespace da
