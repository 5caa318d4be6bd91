// Names of what is saved of models: "image:<image>" and "profile:<image>:<architecture>:<executable>".
//
// For people and as keys; nothing is read out of them, since the blobs say whose they are.
#pragma once

#include <string>

#include "analyzer/model/profile.h"
#include "proto/syscalls/table.h"

namespace da {

struct SavedBlob {
  std::string id;
  std::string blob;
  std::string image;  ///< id of the image that it belongs to
};

[[nodiscard]] inline std::string profile_blob_id(const ProfileKey& key) {
  return "profile:" + key.image + ':' + std::string(arch_name(key.arch)) + ':' + key.executable;
}
[[nodiscard]] inline std::string image_blob_id(const std::string& image) {
  return "image:" + image;
}

}  // namespace da
