// Takes a described call apart, for tables: "openat(dfd=3, mode=0) = -1 ENOENT (No such file)".
//
// Used by alert_view and alert_json. Pure; the views point into the text.
#pragma once

#include <string_view>

namespace da {

struct CallParts {
  std::string_view name;       ///< "openat"
  std::string_view arguments;  ///< "dfd=3, mode=0"
  std::string_view result;     ///< "-1 ENOENT (No such file)"; empty: the text has none
};

/// Of a text that is no described call, all is the name.
[[nodiscard]] CallParts call_parts(std::string_view text);

}  // namespace da
