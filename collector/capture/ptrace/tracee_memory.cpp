#include "collector/capture/ptrace/tracee_memory.h"

#include <algorithm>
#include <cstring>

#include <sys/uio.h>

namespace da::ptrace {
namespace {

constexpr std::uint64_t kPage = 4096;

std::size_t read_once(Tid tid, std::uint64_t from, std::span<char> into) noexcept {
  const iovec local{into.data(), into.size()};
  const iovec remote{reinterpret_cast<void*>(from), into.size()};
  const auto got = ::process_vm_readv(to_raw(tid), &local, 1, &remote, 1, 0);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

}  // namespace

std::size_t read_memory(Tid tid, RemoteAddress from, std::span<char> into) noexcept {
  const auto start = static_cast<std::uint64_t>(from);
  std::size_t done = read_once(tid, start, into);
  if (done != 0 || into.empty()) return done;
  // One bad page fails the whole request on some kernels: take what lies before the page's end.
  const auto first = std::min<std::size_t>(into.size(), kPage - (start % kPage));
  if (first == into.size()) return 0;
  return read_once(tid, start, into.first(first));
}

std::optional<RemoteString> read_string(Tid tid, RemoteAddress from, std::span<char> into) noexcept {
  std::size_t done = 0;
  const auto start = static_cast<std::uint64_t>(from);
  // Most strings are short: a read that stays in one page and rarely copies much too much.
  while (done < into.size()) {
    const std::uint64_t at = start + done;
    const auto want = std::min<std::size_t>({into.size() - done, kPage - (at % kPage), 128U + done});
    const std::size_t got = read_once(tid, at, into.subspan(done, want));
    if (got == 0) {
      if (done == 0) return std::nullopt;
      return RemoteString{done, true};
    }
    if (const void* end = std::memchr(into.data() + done, '\0', got)) {
      return RemoteString{static_cast<std::size_t>(static_cast<const char*>(end) - into.data()), false};
    }
    done += got;
  }
  return RemoteString{done, true};
}

}  // namespace da::ptrace
