// Which known image a new version of it begins from: the one of the same repository.
//
// Used by ShardDetectors where an image is new, for its curator. Pure.
//
//   if (const Image* before = predecessor_of("sha256:9c7a", "shop:1.5", known.images())) ...
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "analyzer/model/image.h"

namespace da {

/// "registry:5000/shop:1.4" and "registry:5000/shop@sha256:..." are of "registry:5000/shop". Empty if it is
/// no name but an id: such images have nothing in common.
[[nodiscard]] std::string_view repository_of(std::string_view image_name) noexcept;

/// Among those of its repository that are armed, or have an armed profile, an armed one if there is, then the
/// one seen last; null if there is none.
[[nodiscard]] const Image* predecessor_of(std::string_view id, std::string_view name,
                                          const std::map<std::string, std::shared_ptr<Image>>& images);

}  // namespace da
