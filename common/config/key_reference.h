// What is documented of a configuration, made from what its readers ask for and from the table that says what
// each key means: a table in Markdown, and a JSON schema.
//
// Used by the hidden options --config-reference and --config-schema; tools/config_docs.py keeps docs/ by
// them.
//
//   fmt::print("{}", schema_of("analyzer", documented_keys(every_analyzer_key(), analyzer_key_table())));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/config/key_table.h"
#include "common/config/read_keys.h"

namespace da {

struct DocumentedKey {
  std::string path;  ///< "redis.nodes[].url"
  ReadKey read;
  KeyInfo info;
};

/// In the order of the table. Throws std::logic_error that names a key which is read and not in the
/// table, or the other way round.
[[nodiscard]] std::vector<DocumentedKey> documented_keys(const std::vector<ReadKeys>& read,
                                                         const KeyTable& table);

/// `program`: "analyzer".
[[nodiscard]] std::string reference_of(const std::vector<DocumentedKey>& keys);
[[nodiscard]] std::string schema_of(std::string_view program, const std::vector<DocumentedKey>& keys);

}  // namespace da
