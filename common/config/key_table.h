// What is said of each key of a configuration beside what its reader knows (read_keys.h): whether a reload
// may change it, and what it means. One row for each key; a test compares with the keys that are read.
//
// Used by a reload (reload.h) and by what writes the reference and the schema (key_reference.h).
//
//   constexpr KeyInfo kLogKeys[] = {{"log.level", Effect::at_once, "Lines below this level are dropped."}};
#pragma once

#include <string_view>
#include <vector>

namespace da {

/// When a new value counts, once a reload has read it.
enum class Effect {
  at_once,
  anew,     ///< the analyzer sets up its work anew: it hands its shards over and takes them up again
  restart,  ///< not before a restart: the reload keeps the old value, and warns
};

struct KeyInfo {
  std::string_view path;  ///< "redis.nodes[].url"
  Effect effect = Effect::restart;
  std::string_view meaning;
  /// The default in words, where it depends on the machine or on other keys.
  std::string_view fallback = {};
  bool required = false;  ///< where its section is given
};

using KeyTable = std::vector<KeyInfo>;

}  // namespace da
