#include "collector/capture/birth/fork_filter.h"

#include <cstdint>

#include <arpa/inet.h>

#include "collector/capture/birth/fork_message.h"

namespace da {
namespace {

using namespace fork_message;

constexpr std::uint32_t kPass = 0xffff'ffff;  // all of its bytes
constexpr std::uint32_t kDrop = 0;

constexpr sock_filter load(std::size_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
}
constexpr sock_filter skip_if_equal(std::uint32_t value) {
  return {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, value};
}
constexpr sock_filter skip_unless_equal(std::uint32_t value) {
  return {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, value};
}
constexpr sock_filter answer(std::uint32_t bytes) {
  return {BPF_RET | BPF_K, 0, 0, bytes};
}

/// A load reads big endian; what it reads was written in the order of this host.
std::uint32_t as_loaded(std::uint32_t value) {
  return htonl(value);
}

}  // namespace

// A datagram that is too short for a load is dropped by the kernel.
std::vector<sock_filter> fork_filter(std::span<const Pid> parents) {
  std::vector<sock_filter> program{
      load(kEvent),
      skip_if_equal(as_loaded(kFork)),
      answer(kDrop),
      load(kChildThread),
      {BPF_MISC | BPF_TAX, 0, 0, 0},
      load(kChildProcess),
      {BPF_JMP | BPF_JEQ | BPF_X, 1, 0, 0},
      answer(kDrop),
  };
  if (parents.size() > kMaxFilteredParents) {
    program.push_back(answer(kPass));
    return program;
  }
  program.push_back(load(kParentProcess));
  for (const Pid parent : parents) {
    program.push_back(skip_unless_equal(as_loaded(static_cast<std::uint32_t>(to_raw(parent)))));
    program.push_back(answer(kPass));
  }
  program.push_back(answer(kDrop));
  return program;
}

}  // namespace da
