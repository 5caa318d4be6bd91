// Bundles on disk.
//
//   Result<Bundle> bundle = read_bundle("shop.bundle");
//   Result<> written = write_bundle("shop.bundle", bundle);
#pragma once

#include <string>

#include "analyzer/store/bundle.h"
#include "common/result.h"

namespace da {

/// Of at most kMostBundleBytes. "-" is stdin.
[[nodiscard]] Result<std::string> read_bundle_file(const std::string& path);
/// The whole file or none: a former one is replaced at the end. "-" is stdout.
[[nodiscard]] Result<> write_bundle_file(const std::string& path, const std::string& bytes);

}  // namespace da
