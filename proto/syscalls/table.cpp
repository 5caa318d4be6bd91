#include "proto/syscalls/table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <span>

namespace da {
namespace {

using enum ArgKind;  // the tables name kinds without a prefix

struct Entry {
  std::uint16_t number = 0;
  CallInfo call;
};

constexpr Entry known(std::uint16_t number, std::string_view name, ArgKind result,
                      std::initializer_list<ArgInfo> args) {
  Entry entry{number, {name, true, static_cast<std::uint8_t>(args.size()), result, {}}};
  std::copy(args.begin(), args.end(), entry.call.args);
  return entry;
}

constexpr Entry raw(std::uint16_t number, std::string_view name) {
  Entry entry = known(number, name, integer,
                      {{"arg0", "unsigned long", hex},
                       {"arg1", "unsigned long", hex},
                       {"arg2", "unsigned long", hex},
                       {"arg3", "unsigned long", hex},
                       {"arg4", "unsigned long", hex},
                       {"arg5", "unsigned long", hex}});
  entry.call.args_known = false;
  return entry;
}

// clang-format off
#define DA_CALL(number, name, result, ...) known(number, name, result, {__VA_ARGS__}),
#define DA_RAW(number, name) raw(number, name),
constexpr Entry kX86_64[] = {
#include "proto/syscalls/x86_64.inc"
};
constexpr Entry kI386[] = {
#include "proto/syscalls/i386.inc"
};
constexpr Entry kX32[] = {
#include "proto/syscalls/x32.inc"
};
constexpr Entry kAarch64[] = {
#include "proto/syscalls/aarch64.inc"
};
#undef DA_CALL
#undef DA_RAW
// clang-format on

// The tables are sorted and full of holes; an index makes the lookup one step.
constexpr std::size_t kIndexSize = 600;
using Index = std::array<std::uint16_t, kIndexSize>;  // position + 1; 0: no such call

template <std::size_t N>
constexpr Index index_of(const Entry (&entries)[N]) {
  Index index{};
  for (std::size_t i = 0; i < N; ++i)
    index[entries[i].number] = static_cast<std::uint16_t>(i + 1);
  return index;
}

struct Table {
  std::span<const Entry> entries;
  Index index;
};

constexpr Table kTables[] = {
    {kX86_64, index_of(kX86_64)},
    {kI386, index_of(kI386)},
    {kX32, index_of(kX32)},
    {kAarch64, index_of(kAarch64)},
};

constexpr const Table& table_of(Arch arch) {
  return kTables[static_cast<std::size_t>(arch) & 3U];
}

}  // namespace

const CallInfo* find_call(CallId id) noexcept {
  const Table& table = table_of(arch_of(id));
  const auto number = static_cast<std::uint32_t>(number_of(id));
  if (number >= kIndexSize) return nullptr;  // -1 as well
  const std::uint16_t position = table.index[number];
  return position == 0 ? nullptr : &table.entries[position - 1U].call;
}

std::string call_name(CallId id) {
  std::string text;
  if (arch_of(id) != Arch::x86_64) text.append(arch_name(arch_of(id))).append(":");
  if (const CallInfo* call = find_call(id)) return text.append(call->name);
  if (number_of(id) == -1) return text.append("syscall_-1");
  char digits[8];
  auto* const end = std::to_chars(std::begin(digits), std::end(digits), number_of(id), 16).ptr;
  return text.append("syscall_0x").append(digits, end);
}

std::optional<CallId> find_call_by_name(Arch arch, std::string_view name) noexcept {
  const std::string_view prefix = arch_name(arch);
  if (name.size() > prefix.size() && name.starts_with(prefix) && name[prefix.size()] == ':') {
    name.remove_prefix(prefix.size() + 1);
  }
  for (const Entry& entry : table_of(arch).entries) {
    if (entry.call.name == name) return make_call(arch, entry.number);
  }
  if (name == "syscall_-1") return make_call(arch, -1);
  constexpr std::string_view unknown = "syscall_0x";
  if (!name.starts_with(unknown)) return std::nullopt;
  name.remove_prefix(unknown.size());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number, 16);
  if (error != std::errc{} || end != name.data() + name.size() || number >= 0xffffffU) return std::nullopt;
  return make_call(arch, number);
}

std::string_view arch_name(Arch arch) noexcept {
  switch (arch) {
    case Arch::x86_64:
      return "x86_64";
    case Arch::i386:
      return "i386";
    case Arch::x32:
      return "x32";
    case Arch::aarch64:
      return "aarch64";
  }
  return "unknown";
}

}  // namespace da
