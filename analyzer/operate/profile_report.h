// Models as an operator's command shows them: as text, safe for a terminal, or as JSON.
//
// Pure.
//
//   print(profile_text(models, {"/bin/app", Arch::x86_64}));
#pragma once

#include <string>
#include <vector>

#include "analyzer/operate/model_catalogue.h"
#include "analyzer/store/bundle.h"

namespace da {

/// The image and its profiles, a line each.
[[nodiscard]] std::string list_text(const ImageModels& models);
/// All images: an array of what image_json() gives, without details.
[[nodiscard]] std::string list_json(const std::vector<std::string>& images);
/// An element of it.
[[nodiscard]] std::string list_item_json(const ImageModels& models);

/// Precondition: the image has a profile of that program.
[[nodiscard]] std::string profile_text(const ImageModels& models, const ProgramKey& program);
[[nodiscard]] std::string profile_json(const ImageModels& models, const ProgramKey& program);

/// That a bundle was written. `signed_by`: a key's fingerprint; empty: it is not signed.
[[nodiscard]] std::string bundle_made(const Bundle& bundle, const std::string& file, std::size_t bytes,
                                      const std::string& signed_by, bool json);

[[nodiscard]] std::string image_text(const ImageModels& models);
[[nodiscard]] std::string image_json(const ImageModels& models);

}  // namespace da
