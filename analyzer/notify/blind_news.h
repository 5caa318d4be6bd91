// That we are blind on a host, or see again: what a mail about it tells. Plain data.
//
// Made by BlindWatch and RedisWatch, carried by a Notification through the outbox, put into words by
// blind_view. Names are hostile text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace da {

enum class BlindKind : std::uint8_t {
  none,
  silent,  ///< its collector says nothing, and did not say that it would end
  losing,  ///< records are lost on their way
  unable,  ///< its collector runs, and cannot see: it does not hear Docker, or may trace nothing
  /// An analyzer on this host is, from a Redis. Told by that analyzer alone, and never stored: the store is
  /// away.
  cut_off,
};

/// For programs: "silent".
[[nodiscard]] constexpr const char* kind_key(BlindKind kind) noexcept {
  switch (kind) {
    case BlindKind::none:
      return "none";
    case BlindKind::silent:
      return "silent";
    case BlindKind::losing:
      return "losing";
    case BlindKind::unable:
      return "unable";
    case BlindKind::cut_off:
      return "cut_off";
  }
  return "none";
}

struct BlindContainer {
  std::string id;
  std::string name;
  std::string image;
  std::uint64_t lost = 0;  ///< records, in this episode
};

struct BlindNews {
  BlindKind kind = BlindKind::none;
  bool over = false;  ///< we see again
  std::string host;
  std::int64_t since_ns = 0;  ///< when it began
  std::int64_t until_ns = 0;  ///< when it was over, or as of when this is told
  std::string detail;         ///< in words: why it is unable, or how it came back; cut_off: from which Redis
  // Of losing, in this episode:
  std::uint64_t lost_queue = 0;      ///< records: the tracers' queue was full
  std::uint64_t lost_retention = 0;  ///< records: Redis took too little for too long
  std::uint64_t missing = 0;  ///< records in batches that analyzers never got, those of above among them
  std::vector<BlindContainer> containers;  ///< those that lost most, as far as they are known
  /// Of cut_off: which analyzer tells it, for others may tell the same.
  std::string teller;
  // Of silent:
  std::uint64_t traced = 0;  ///< containers that it traced when it was heard last
};

}  // namespace da
