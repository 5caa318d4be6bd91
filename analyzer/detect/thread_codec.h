// What the detector keeps of a thread, to and from bytes, for the checkpoint: its window, the program it runs
// and what is known of its gaps; not its evidence, which begins anew.
//
// Used by the detector. Ids are "<host hash>:<epoch>:<task>" in hexadecimal digits; blobs are msgpack maps
// and hostile until decoded.
//
//   SavedThread saved{thread_id(thread.key), encode_thread(thread)};
//   Result<> taken = decode_thread(blob, thread, names);
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "analyzer/detect/recent_executables.h"
#include "analyzer/detect/thread_table.h"
#include "common/result.h"

namespace da {

/// In place of a thread's id: which programs were told lately.
inline constexpr std::string_view kToldId = "told";

[[nodiscard]] std::string thread_id(const ThreadKey& key);
[[nodiscard]] std::optional<ThreadKey> thread_key_from(std::string_view id) noexcept;

/// The program that a saved thread runs, by name.
struct ThreadProgram {
  std::string image_id;  ///< empty: none
  std::string image_name;
  std::optional<Arch> arch;  ///< nothing: its program has no profile and no name in the image
};

[[nodiscard]] std::string encode_thread(const Thread& thread);
/// Everything but the key and the pointers, which are the caller's to find by the result.
[[nodiscard]] Result<ThreadProgram> decode_thread(std::string_view blob, Thread& thread);

[[nodiscard]] std::string encode_told(const RecentExecutables& told);
[[nodiscard]] Result<> decode_told(std::string_view blob, RecentExecutables& told);

}  // namespace da
