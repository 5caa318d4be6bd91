// The page's style sheet, scripts and icon, which the build puts into the binary.
//
// Used by StatusPage. Generated from analyzer/page/assets and third_party by cmake/EmbedFiles.cmake.
//
//   if (const Asset* asset = find_asset("page.css")) ...
#pragma once

#include <string_view>

namespace da {

struct Asset {
  std::string_view name;
  std::string_view content_type;
  std::string_view bytes;
  std::string_view hash;  ///< SHA-256 of the bytes, in hex
};

/// Null: there is none of that name.
[[nodiscard]] const Asset* find_asset(std::string_view name);

}  // namespace da
