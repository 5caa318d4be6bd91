// Names of flags and commands, and how a number is put into them.
//
// Used by describe.cpp alone. The lists are generated from the user headers (generate_words.py).
//
//   std::string out;
//   append_words(out, *vocabulary_of(ArgKind::open_flags, Arch::x86_64), 02000000);  // O_RDONLY|O_CLOEXEC
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "proto/call_id.h"
#include "proto/syscalls/arg_kind.h"

namespace da {

struct Word {
  std::uint64_t value;
  std::string_view text;
};

struct Vocabulary {
  std::uint64_t field;  ///< the bits that hold one of `one_of`
  std::span<const Word> one_of;
  std::span<const Word> bits;  ///< composed flags before their parts
  std::string_view zero;       ///< no flag at all
};

/// Null for a kind that has no names.
[[nodiscard]] const Vocabulary* vocabulary_of(ArgKind kind, Arch arch) noexcept;
/// Of a protocol in socket(); null for a family whose protocols have no names here.
[[nodiscard]] const Vocabulary* protocols_of(std::uint64_t family) noexcept;
/// Of an option in setsockopt(); null likewise.
[[nodiscard]] const Vocabulary* options_of(std::uint64_t level) noexcept;
[[nodiscard]] const Vocabulary& fd_cloexec_words() noexcept;
[[nodiscard]] const Vocabulary& file_seal_words() noexcept;

/// "A|B|0x400" with what has no name in hex; false, and nothing appended, if no part of it has a name.
bool append_words(std::string& out, const Vocabulary& vocabulary, std::uint64_t value);

}  // namespace da
