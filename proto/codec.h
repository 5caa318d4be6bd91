// Batches to and from msgpack. The format, its versions and its limits: docs/wire-format.md.
//
// Used by the collector's batcher (encode) and the analyzer's stream reader (decode). A payload comes
// from Redis and is hostile until decoded: every length and index is checked before it is used.
//
//   std::string payload = encode(batch);
//   Decoded batch = decode(payload);        // tl::expected<SyscallBatch, CodecError>
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "proto/syscall_batch.h"

namespace da {

/// Bumped when an old reader would misread new data. A reader refuses a newer major version.
inline constexpr std::uint32_t kWireVersion = 1;
/// Of a payload of version 1 in compressed form (proto/compression.h).
inline constexpr std::uint32_t kCompressedVersion = 2;

/// Bounds that a decoded batch is held to; a writer stays within them.
struct WireLimits {
  static constexpr std::size_t payload_bytes = 1U << 20U;
  static constexpr std::size_t records = 65'536;
  static constexpr std::size_t segments = 65'536;
  static constexpr std::size_t origins = 4'096;
  static constexpr std::size_t origin_bytes = 1U << 20U;  ///< all texts of all origins, repeated ones too
  static constexpr std::size_t captures = 131'072;
  static constexpr std::size_t capture_bytes = 4'096;
  static constexpr std::size_t text_bytes = 4'096;    ///< any other string (path, name, command line)
  static constexpr std::uint32_t call_bits = 26;      ///< architecture (2) and number (24) of a CallId
  static constexpr std::uint32_t unknown_depth = 16;  ///< nesting inside an unknown key's value
};

/// Why a payload was refused: one line for the log, fit for a counter's label.
struct CodecError {
  enum class Kind : std::uint8_t { malformed, newer_version, limit_exceeded, inconsistent };
  Kind kind = Kind::malformed;
  std::string message;
};

using Decoded = tl::expected<SyscallBatch, CodecError>;

/// Precondition: the batch is consistent (parallel columns, segment counts add up) and within WireLimits.
/// What lies in `args` beyond a record's arg_count does not travel; it comes back as 0.
/// The memory of `into` is used if it is neither too small nor twice too large.
[[nodiscard]] std::string encode(const SyscallBatch& batch, std::string into = {});

/// Never throws; refuses what is malformed, inconsistent or beyond the limits. Unknown keys are ignored, what
/// is compressed is decompressed.
[[nodiscard]] Decoded decode(std::string_view payload);

/// The precondition of encode() and the promise of decode(): nothing if the batch is consistent and
/// within WireLimits, else what is wrong with it.
[[nodiscard]] std::optional<CodecError> find_fault(const SyscallBatch& batch);

[[nodiscard]] std::string_view to_string(CodecError::Kind kind) noexcept;

}  // namespace da
