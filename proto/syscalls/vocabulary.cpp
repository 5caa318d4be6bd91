#include "proto/syscalls/vocabulary.h"

#include "proto/syscalls/text.h"

namespace da {
namespace {

#include "proto/syscalls/words.inc"

constexpr std::uint64_t kAfInet = 2;
constexpr std::uint64_t kAfInet6 = 10;
constexpr std::uint64_t kAfNetlink = 16;

constexpr std::uint64_t kLevelIp = 0;
constexpr std::uint64_t kLevelSocket = 1;
constexpr std::uint64_t kLevelTcp = 6;
constexpr std::uint64_t kLevelIpv6 = 41;

}  // namespace

const Vocabulary* vocabulary_of(ArgKind kind, Arch arch) noexcept {
  if (arch == Arch::aarch64) {
    if (kind == ArgKind::open_flags) return &k_open_flags_aarch64;
    if (kind == ArgKind::fd_flags) return &k_fd_flags_aarch64;
    if (kind == ArgKind::mmap_flags) return &k_mmap_flags_aarch64;
  }
  switch (kind) {
#define DA_CASE(name) \
  case ArgKind::name: \
    return &k_##name;
    DA_ARG_KINDS_WITH_WORDS(DA_CASE)
#undef DA_CASE
    default:
      return nullptr;
  }
}

const Vocabulary* protocols_of(std::uint64_t family) noexcept {
  if (family == kAfInet || family == kAfInet6) return &k_ip_protocol;
  return family == kAfNetlink ? &k_netlink_protocol : nullptr;
}

const Vocabulary* options_of(std::uint64_t level) noexcept {
  switch (level) {
    case kLevelIp:
      return &k_ip_option;
    case kLevelSocket:
      return &k_socket_level_option;
    case kLevelTcp:
      return &k_tcp_option;
    case kLevelIpv6:
      return &k_ipv6_option;
    default:
      return nullptr;
  }
}

const Vocabulary& fd_cloexec_words() noexcept {
  return k_fd_cloexec;
}
const Vocabulary& file_seal_words() noexcept {
  return k_file_seals;
}

bool append_words(std::string& out, const Vocabulary& vocabulary, std::uint64_t value) {
  std::uint64_t rest = value;
  bool named = false;
  const auto add = [&](std::string_view text) {
    if (named) out += '|';
    out += text;
    named = true;
  };
  for (const Word& word : vocabulary.one_of) {
    if (word.value != (value & vocabulary.field)) continue;
    add(word.text);
    rest &= ~vocabulary.field;
    break;
  }
  for (const Word& word : vocabulary.bits) {
    if ((rest & word.value) != word.value) continue;
    add(word.text);
    rest &= ~word.value;
  }
  if (!named && value == 0 && vocabulary.field == 0) {
    add(vocabulary.zero);
  } else if (named && rest != 0) {
    out += '|';
    append_hex(out, rest);
  }
  return named;
}

}  // namespace da
