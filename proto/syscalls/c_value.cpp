#include "proto/syscalls/c_value.h"

#include <algorithm>
#include <initializer_list>

#include "proto/syscalls/table.h"

namespace da {
namespace {

struct Layout {
  unsigned bytes;
  bool is_signed;
};

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Layout layout_of(std::string_view type, Arch arch) {
  if (type.find('*') != std::string_view::npos) return {register_bytes(arch), false};
  if (type.starts_with("const ")) type.remove_prefix(6);
  if (type.starts_with("enum ") || is_one_of(type, {"int", "__s32", "pid_t", "key_t", "clockid_t", "timer_t",
                                                    "mqd_t", "key_serial_t", "rwf_t"})) {
    return {4, true};
  }
  if (is_one_of(type,
                {"unsigned int", "unsigned", "u32", "__u32", "uid_t", "gid_t", "qid_t", "compat_size_t"})) {
    return {4, false};
  }
  if (is_one_of(type, {"umode_t", "old_uid_t", "old_gid_t"})) return {2, false};
  return {register_bytes(arch), is_one_of(type, {"long", "off_t", "loff_t"})};
}

}  // namespace

CValue c_value(std::uint64_t raw, std::string_view type, Arch arch) noexcept {
  const Layout layout = layout_of(type, arch);
  const unsigned unused = 64U - 8U * layout.bytes;
  return {raw << unused >> unused, static_cast<std::int64_t>(raw << unused) >> unused, layout.is_signed};
}

}  // namespace da
