// A YAML document as plain values with line numbers: all of yaml-cpp that the rest may see.
//
// Used by Section. What yaml-cpp lets pass and an operator would regret is refused here: a key given
// twice, a second document, a key that is no word, aliases that expand without bound.
//
//   Result<YamlValue> root = parse_yaml("redis: {port: 6379}");
//   root->entries[0].key;          // "redis"
//   root->entries[0].value.line;   // 1
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace da {

inline constexpr std::size_t kMaxYamlBytes = std::size_t{1} << 20;      ///< of a document
inline constexpr std::size_t kMaxYamlValues = 20'000;                   ///< aliases expanded
inline constexpr std::size_t kMaxYamlTextBytes = std::size_t{4} << 20;  ///< of all scalars, aliases expanded
inline constexpr int kMaxYamlDepth = 32;

struct YamlEntry;

struct YamlValue {
  enum class Kind { null, scalar, list, mapping };
  Kind kind = Kind::null;
  int line = 1;                    ///< counted from 1
  std::size_t source = 0;          ///< which text, where several were laid over each other (config_layers.h)
  std::string text;                ///< scalar
  std::vector<YamlValue> items;    ///< list
  std::vector<YamlEntry> entries;  ///< mapping, in the order of the file, keys unique

  /// Null if there is no such key.
  [[nodiscard]] const YamlEntry* find(std::string_view key) const;
};

struct YamlEntry {
  std::string key;
  int line = 1;
  std::size_t source = 0;
  YamlValue value;
};

/// Where in the document, and what.
struct YamlError {
  int line = 1;
  std::string where;  ///< "redis.port"; empty for the document as a whole
  std::string what;
};

/// An empty document is a null value. All of it is marked as of `source`.
[[nodiscard]] tl::expected<YamlValue, YamlError> parse_yaml(const std::string& text, std::size_t source = 0);

/// Lays one document over another: mappings are merged, at every depth; anything else replaces what was
/// there; and a key without a value takes it back.
void lay_over(YamlValue& base, YamlValue over);

/// "redis" and "port" make "redis.port".
[[nodiscard]] std::string join_path(std::string_view section, std::string_view key);

/// Text of a file in double quotes, for error messages: bounded, control characters escaped.
[[nodiscard]] std::string quote_for_error(std::string_view raw);

/// Any text as a YAML scalar on one line, in double quotes.
[[nodiscard]] std::string quote_yaml(std::string_view raw);

}  // namespace da
