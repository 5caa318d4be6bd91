#include "collector/capture/ptrace/argument_capture.h"

#include <algorithm>

#include "collector/capture/ptrace/tracee_memory.h"

namespace da::ptrace {
namespace {

constexpr std::size_t kMaxArgvElements = 64;
constexpr std::uint32_t kPrSetName = 15;
constexpr std::size_t kTaskNameBytes = 16;  // what the kernel reads of it

/// i386's socketcall: which call it stands for, and where that has a socket address.
struct SocketCall {
  std::uint32_t number;
  std::size_t address;  ///< its length is the next argument
};
constexpr SocketCall kSocketCalls[] = {{2, 1}, {3, 1}, {11, 4}};  // bind, connect, sendto

std::uint32_t low_word(std::uint64_t value) noexcept {
  return static_cast<std::uint32_t>(value);
}

template <typename Value>
bool read_value(Tid tid, std::uint64_t address, Value& value) noexcept {
  const std::span<char> into(reinterpret_cast<char*>(&value), sizeof value);
  return address != 0 && read_memory(tid, RemoteAddress{address}, into) == sizeof value;
}

}  // namespace

void ArgumentCapture::at_enter(Tid tid, const CallInfo* info, Arch arch,
                               const std::array<std::uint64_t, kMaxCallArgs>& args) noexcept {
  if (info == nullptr) return;
  for (std::size_t i = 0; i < info->arg_count; ++i) {
    switch (info->args[i].kind) {
      case ArgKind::path:
        add_string(tid, i, args[i], CapturedKind::path);
        break;
      case ArgKind::text:
        add_string(tid, i, args[i], CapturedKind::text);
        break;
      case ArgKind::argv:
        add_argv(tid, i, args[i], arch);
        break;
      case ArgKind::sockaddr_in:
        // The length is the next argument in every call that takes an address.
        if (i + 1 < info->arg_count) add_bytes(tid, i, args[i], args[i + 1], CapturedKind::sockaddr);
        break;
      case ArgKind::message_in:
        add_message_address(tid, i, args[i], arch);
        break;
      case ArgKind::sockaddr_out:
        // What the kernel may fill in: the exit-stop shows the address's own length, which may be more.
        room_for_address_ = 0;
        if (i + 1 < info->arg_count && args[i] != 0) read_value(tid, args[i + 1], room_for_address_);
        break;
      case ArgKind::prctl_argument:
        if (low_word(args[0]) == kPrSetName) add_string(tid, i, args[i], CapturedKind::text, kTaskNameBytes);
        break;
      case ArgKind::socketcall_arguments:
        add_socketcall_address(tid, i, low_word(args[0]), args[i]);
        break;
      default:
        break;
    }
  }
}

void ArgumentCapture::at_exit(Tid tid, const CallInfo* info, Arch,
                              const std::array<std::uint64_t, kMaxCallArgs>& args,
                              std::int64_t result) noexcept {
  if (info == nullptr || result < 0) return;
  for (std::size_t i = 0; i + 1 < info->arg_count; ++i) {
    if (info->args[i].kind == ArgKind::path_out) add_result_path(tid, i, args[i], result);
    if (info->args[i].kind != ArgKind::sockaddr_out || args[i] == 0 || args[i + 1] == 0) continue;
    std::uint32_t length = 0;
    if (!read_value(tid, args[i + 1], length)) continue;
    add_bytes(tid, i, args[i], std::min(length, room_for_address_), CapturedKind::sockaddr);
  }
}

void ArgumentCapture::add_result_path(Tid tid, std::size_t arg, std::uint64_t address,
                                      std::int64_t result) noexcept {
  const auto into = room();
  const auto length = static_cast<std::size_t>(result);
  const std::size_t want = std::min(into.size(), length);
  if (address == 0 || want == 0) return;
  std::size_t got = read_memory(tid, RemoteAddress{address}, into.first(want));
  if (got == 0) return;
  // getcwd's result counts the NUL, readlink's has none.
  if (got == length && into[got - 1] == '\0') --got;
  append(arg, CapturedKind::path, got, got + 1 < length);
}

void ArgumentCapture::add_known(std::string_view path, std::string_view argv) noexcept {
  const auto copy = [this](std::size_t arg, CapturedKind kind, std::string_view bytes) {
    const auto into = room();
    const std::size_t length = std::min(into.size(), bytes.size());
    std::copy_n(bytes.data(), length, into.data());
    append(arg, kind, length, length < bytes.size());
  };
  copy(0, CapturedKind::path, path);
  copy(1, CapturedKind::argv, argv);
}

void ArgumentCapture::add_string(Tid tid, std::size_t arg, std::uint64_t address, CapturedKind kind,
                                 std::size_t limit) noexcept {
  const auto all = room();
  const auto into = all.first(std::min(all.size(), limit));
  if (address == 0 || into.empty()) return;
  if (const auto text = read_string(tid, RemoteAddress{address}, into)) {
    append(arg, kind, text->length, text->truncated);
  }
}

void ArgumentCapture::add_argv(Tid tid, std::size_t arg, std::uint64_t address, Arch arch) noexcept {
  const auto into = room();
  if (address == 0 || into.empty()) return;
  const auto width = pointer_bytes(arch);
  std::size_t length = 0;
  bool truncated = false;
  for (std::size_t i = 0;; ++i) {
    std::uint64_t element = 0;
    const std::span<char> pointer(reinterpret_cast<char*>(&element), width);
    if (read_memory(tid, RemoteAddress{address + i * width}, pointer) != width) {
      if (i == 0) return;
      truncated = true;
      break;
    }
    if (element == 0) break;
    // Each element but the first brings the NUL before it.
    const std::size_t separator = i == 0 ? 0 : 1;
    if (i == kMaxArgvElements || length + separator >= into.size()) {
      truncated = true;
      break;
    }
    if (separator != 0) into[length] = '\0';
    const auto text = read_string(tid, RemoteAddress{element}, into.subspan(length + separator));
    if (!text) {
      truncated = true;
      break;
    }
    length += separator + text->length;
    if (text->truncated) {
      truncated = true;
      break;
    }
  }
  append(arg, CapturedKind::argv, length, truncated);
}

void ArgumentCapture::add_bytes(Tid tid, std::size_t arg, std::uint64_t address, std::uint64_t size,
                                CapturedKind kind) noexcept {
  const auto into = room();
  // sockaddr_storage is 128 bytes: the kernel takes no more.
  const auto want = std::min<std::size_t>({static_cast<std::size_t>(size), into.size(), 128});
  if (address == 0 || want == 0) return;
  const std::size_t got = read_memory(tid, RemoteAddress{address}, into.first(want));
  if (got != 0) append(arg, kind, got, got < size);
}

void ArgumentCapture::add_message_address(Tid tid, std::size_t arg, std::uint64_t message,
                                          Arch arch) noexcept {
  // struct msghdr begins with the address and its length; so does struct mmsghdr, with its first message.
  struct {
    std::uint64_t address;
    std::uint32_t length;
  } wide{};
  struct {
    std::uint32_t address;
    std::uint32_t length;
  } narrow{};
  if (pointer_bytes(arch) == 8) {
    if (read_value(tid, message, wide))
      add_bytes(tid, arg, wide.address, wide.length, CapturedKind::sockaddr);
  } else if (read_value(tid, message, narrow)) {
    add_bytes(tid, arg, narrow.address, narrow.length, CapturedKind::sockaddr);
  }
}

void ArgumentCapture::add_socketcall_address(Tid tid, std::size_t arg, std::uint32_t call,
                                             std::uint64_t arguments) noexcept {
  for (const SocketCall& known : kSocketCalls) {
    if (known.number != call) continue;
    struct {
      std::uint32_t address;
      std::uint32_t length;
    } pair{};
    if (read_value(tid, arguments + known.address * sizeof pair.address, pair))
      add_bytes(tid, arg, pair.address, pair.length, CapturedKind::sockaddr);
    return;
  }
}

std::span<char> ArgumentCapture::room() noexcept {
  if (count_ == kCaptures) return {};
  return std::span(buffer_).subspan(used_).first(std::min(buffer_.size() - used_, kMaxCapturedBytes));
}

void ArgumentCapture::append(std::size_t arg, CapturedKind kind, std::size_t length,
                             bool truncated) noexcept {
  entries_[count_++] = {static_cast<std::uint8_t>(arg), kind, truncated,
                        std::string_view(buffer_.data() + used_, length)};
  used_ += length;
}

}  // namespace da::ptrace
