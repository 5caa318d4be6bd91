// The Redis function library of docker-anomalies: its text (docker_anomalies.lua) and its version.
//
// Loaded by both binaries (common/redis/functions.h) and called with FCALL. The name changes with an
// incompatible change, so old and new can live side by side; the revision with any other.
//
//   co_await redis::ensure_functions(client, {kFunctionLibrary, kFunctionRevision, function_library_code()});
#pragma once

#include <string_view>

namespace da {

inline constexpr std::string_view kFunctionLibrary = "docker_anomalies_v2";
inline constexpr int kFunctionRevision = 4;

inline constexpr std::string_view kAppendFunction = "da_append_v2";
inline constexpr std::string_view kLeaseFunction = "da_lease_v2";
inline constexpr std::string_view kMemberFunction = "da_member_v2";
inline constexpr std::string_view kCommitFunction = "da_commit_v2";
inline constexpr std::string_view kOrderFunction = "da_order_v2";
inline constexpr std::string_view kPeekFunction = "da_peek_v2";
inline constexpr std::string_view kStatusFunction = "da_status_v2";
/// The one field of a stream entry; its value is an encoded batch (proto/codec.h).
inline constexpr std::string_view kBatchField = "b";

[[nodiscard]] std::string_view function_library_code() noexcept;

}  // namespace da
