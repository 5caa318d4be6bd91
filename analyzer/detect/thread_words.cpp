#include "analyzer/detect/thread_words.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

#include "analyzer/model/feature_scale.h"
#include "analyzer/model/words.h"
#include "proto/syscalls/table.h"

namespace da {
namespace {

constexpr std::size_t kFeaturesNamed = 4;
constexpr std::size_t kCallsNamed = 12;

std::string score_words(const ThreadVerdict& verdict) {
  char text[64];
  std::snprintf(text, sizeof text, "score %.1f, threshold of ", verdict.score);
  std::string words = text + std::string(to_string(verdict.kind));
  std::snprintf(text, sizeof text, " %.1f", verdict.threshold);
  return words + text;
}

/// Those that add most to the score first.
std::string feature_words(const ThreadVerdict& verdict) {
  const auto share = [&](std::size_t feature) {
    return kCombinedWeights.values.at(feature) * FeatureScale::f(verdict.z.values.at(feature));
  };
  std::array<std::size_t, kFeatures> order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return share(a) > share(b); });
  std::string words;
  for (std::size_t i = 0; i < kFeaturesNamed; ++i) {
    const std::size_t feature = order.at(i);
    if (share(feature) <= 0.0) break;
    char text[96];
    std::snprintf(text, sizeof text, "%s%s z %.1f (%.3g)", words.empty() ? "" : ", ",
                  kFeatureNames.at(feature).data(), verdict.z.values.at(feature),
                  verdict.features.values.at(feature));
    words += text;
  }
  return words;
}

std::string call_words(const ThreadVerdict& verdict, Arch arch) {
  std::string words;
  std::size_t named = 0;
  for (std::size_t number = 0; number < 64 * Footprint::kCallWords; ++number) {
    if ((verdict.strange_calls.at(number / 64) >> (number % 64) & 1U) == 0) continue;
    if (named++ == kCallsNamed) return words + ", ...";
    words += (words.empty() ? "" : ", ") + call_name(make_call(arch, static_cast<std::int64_t>(number)));
  }
  return words;
}

}  // namespace

std::string thread_words(const ThreadVerdict& verdict, Arch arch) {
  std::string words = score_words(verdict);
  append_clause(words, feature_words(verdict));
  const std::string calls = call_words(verdict, arch);
  append_clause(words, calls.empty() ? "it made no call that the nearest learned thread did not make"
                                     : "calls that the nearest learned thread did not make: " + calls);
  return words;
}

}  // namespace da
