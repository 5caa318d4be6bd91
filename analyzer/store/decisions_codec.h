// What operators decided of an image, to and from bytes, as it is published beside the models.
//
// Used by detect/curator and known_models, and by the operator's commands. A msgpack map, canonical, and
// hostile until decoded: bounded as Decisions says, n-grams of symbols only.
//
//   std::string blob = encode_decisions(decisions);
//   Result<Decisions> again = decode_decisions(blob);
#pragma once

#include <string>
#include <string_view>

#include "analyzer/model/decisions.h"
#include "common/result.h"

namespace da {

[[nodiscard]] std::string encode_decisions(const Decisions& decisions);
[[nodiscard]] Result<Decisions> decode_decisions(std::string_view blob);

}  // namespace da
