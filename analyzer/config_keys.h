// Every key of the analyzer's configuration, and whether a reload may change it.
//
// Who adds a key to a reader adds its row here, and writes the docs anew (tools/config_docs.py); tests
// compare.
#pragma once

#include "common/config/key_table.h"
#include "common/config/read_keys.h"

namespace da {

[[nodiscard]] const KeyTable& analyzer_key_table();
/// As the readers ask for them, from configurations that have every section. Throws ConfigError if one of
/// these is no configuration any more.
[[nodiscard]] std::vector<ReadKeys> every_analyzer_key();

}  // namespace da
