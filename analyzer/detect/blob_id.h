// Names of what is saved of models: "image:<image>", "profile:<image>:<architecture>:<executable>" and
// "habits:..." like it, of
// what operators decided of them: "decisions:<image>", and of what came in bundles: "base:" and the name of a
// model.
//
// For people and as keys; nothing is read out of them, since the blobs say whose they are.
#pragma once

#include <string>
#include <string_view>

#include "analyzer/model/profile.h"
#include "proto/syscalls/table.h"

namespace da {

struct SavedBlob {
  std::string id;
  std::string blob;
  std::string image;  ///< id of the image that it belongs to
  bool gone = false;  ///< there is none any more
};

[[nodiscard]] inline std::string profile_blob_id(const ProfileKey& key) {
  return "profile:" + key.image + ':' + std::string(arch_name(key.arch)) + ':' + key.executable;
}
inline constexpr std::string_view kHabitsPrefix = "habits:";
[[nodiscard]] inline std::string habits_blob_id(const ProfileKey& key) {
  return std::string(kHabitsPrefix) + key.image + ':' + std::string(arch_name(key.arch)) + ':' +
         key.executable;
}
[[nodiscard]] inline std::string image_blob_id(const std::string& image) {
  return "image:" + image;
}
inline constexpr std::string_view kBasePrefix = "base:";
inline constexpr std::string_view kDecisionsPrefix = "decisions:";
[[nodiscard]] inline std::string decisions_blob_id(const std::string& image) {
  return std::string(kDecisionsPrefix) + image;
}
[[nodiscard]] inline std::string base_blob_id(const std::string& id) {
  return std::string(kBasePrefix) + id;
}

}  // namespace da
