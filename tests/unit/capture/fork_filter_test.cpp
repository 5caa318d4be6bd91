// The filter is run by the kernel, on datagrams of our own making.
#include "collector/capture/birth/fork_filter.h"

#include <array>
#include <cstring>
#include <numeric>

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "collector/capture/birth/fork_message.h"
#include "common/unique_fd.h"

using namespace da;

namespace {

using Datagram = std::vector<std::byte>;

constexpr std::uint32_t kExec = 2;
constexpr std::uint32_t kExit = 0x8000'0000;

struct Numbers {
  std::uint32_t what = fork_message::kFork;
  int parent_thread = 0;
  int parent = 0;
  int child_thread = 0;
  int child = 0;
  std::uint32_t connector = 1;  ///< CN_IDX_PROC
};

Datagram datagram(const Numbers& numbers) {
  Datagram bytes(fork_message::kForkBytes);
  const auto put = [&](std::size_t offset, auto value) {
    std::memcpy(bytes.data() + offset, &value, sizeof value);
  };
  put(16, numbers.connector);
  put(20, std::uint32_t{1});
  put(fork_message::kEvent, numbers.what);
  put(fork_message::kData, numbers.parent_thread);
  put(fork_message::kParentProcess, numbers.parent);
  put(fork_message::kChildThread, numbers.child_thread);
  put(fork_message::kChildProcess, numbers.child);
  return bytes;
}

Datagram fork_of(int parent, int child) {
  return datagram({.parent_thread = parent, .parent = parent, .child_thread = child, .child = child});
}

/// A socket with the filter for these parents.
class Filtered {
 public:
  explicit Filtered(const std::vector<Pid>& parents) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) == 0);
    in_ = UniqueFd(ends[0]);
    out_ = UniqueFd(ends[1]);
    auto instructions = fork_filter(parents);
    const sock_fprog program{static_cast<unsigned short>(instructions.size()), instructions.data()};
    REQUIRE(::setsockopt(out_.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0);
  }
  [[nodiscard]] bool passes(const Datagram& bytes) const {
    REQUIRE(::send(in_.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    std::array<std::byte, 512> got{};
    const auto size = ::recv(out_.get(), got.data(), got.size(), MSG_DONTWAIT);
    if (size < 0) return false;
    CHECK(std::equal(bytes.begin(), bytes.end(), got.begin(), got.begin() + size));  // whole, unchanged
    return true;
  }

 private:
  UniqueFd in_, out_;
};

std::vector<Pid> pids(int first, std::size_t count) {
  std::vector<Pid> made;
  for (std::size_t i = 0; i < count; ++i)
    made.push_back(Pid{first + static_cast<int>(i)});
  return made;
}

}  // namespace

SCENARIO("forks of the given parents pass, and nothing else") {
  const Filtered filter({Pid{100}, Pid{4'194'303}, Pid{255}});
  CHECK(filter.passes(fork_of(100, 7)));
  CHECK(filter.passes(fork_of(4'194'303, 4'194'302)));
  CHECK(filter.passes(fork_of(255, 256)));
  CHECK_FALSE(filter.passes(fork_of(101, 7)));
  CHECK_FALSE(filter.passes(fork_of(7, 100)));
  CHECK_FALSE(filter.passes(fork_of(0x64000000, 7)));  // 100 in the other byte order
  CHECK(filter.passes(fork_of(100, 8)));               // goes on after a drop
}

SCENARIO("a fork by another thread of the parent passes, a new thread does not") {
  const Filtered filter({Pid{100}});
  CHECK(filter.passes(datagram({.parent_thread = 101, .parent = 100, .child_thread = 7, .child = 7})));
  CHECK_FALSE(
      filter.passes(datagram({.parent_thread = 100, .parent = 100, .child_thread = 7, .child = 100})));
}

SCENARIO("other events and short datagrams are dropped") {
  const Filtered filter({Pid{100}});
  auto numbers = Numbers{.parent_thread = 100, .parent = 100, .child_thread = 7, .child = 7};
  for (const std::uint32_t what : {0U, kExec, kExit, 0x0100'0000U}) {
    numbers.what = what;
    CHECK_FALSE(filter.passes(datagram(numbers)));
  }
  auto cut = fork_of(100, 7);
  cut.pop_back();
  CHECK_FALSE(filter.passes(cut));
  CHECK_FALSE(filter.passes(Datagram(3)));
}

SCENARIO("without parents nothing passes, and with too many every fork of a process does") {
  CHECK_FALSE(Filtered({}).passes(fork_of(0, 7)));
  const Filtered most(pids(1000, kMaxFilteredParents));
  CHECK(most.passes(fork_of(1000, 7)));
  CHECK(most.passes(fork_of(1000 + static_cast<int>(kMaxFilteredParents) - 1, 7)));
  CHECK_FALSE(most.passes(fork_of(999, 7)));
  const Filtered many(pids(1000, kMaxFilteredParents + 1));
  CHECK(many.passes(fork_of(1000, 7)));
  CHECK(many.passes(fork_of(999, 7)));
  CHECK_FALSE(many.passes(datagram({.parent = 1000, .child_thread = 7, .child = 8})));
}

SCENARIO("what passes is read as it was meant") {
  const auto fork = parse_fork(fork_of(100, 7));
  REQUIRE(fork);
  CHECK(fork->parent == Pid{100});
  CHECK(fork->child == Pid{7});
  CHECK_FALSE(parse_fork(datagram({.parent = 100, .child_thread = 7, .child = 8})));
  CHECK_FALSE(parse_fork(datagram({.what = kExec, .parent = 100, .child_thread = 7, .child = 7})));
  CHECK_FALSE(parse_fork(datagram({.parent = 100, .child_thread = 7, .child = 7, .connector = 3})));
  auto cut = fork_of(100, 7);
  cut.pop_back();
  CHECK_FALSE(parse_fork(cut));
  CHECK_FALSE(parse_fork({}));
}

SCENARIO("the kernel's answer is told from other datagrams") {
  auto answer = datagram({.what = 0, .parent_thread = 1});
  const std::uint32_t acknowledged = 4712;
  std::memcpy(answer.data() + 28, &acknowledged, sizeof acknowledged);
  CHECK(parse_answer(answer, 4711) == 1U);
  CHECK_FALSE(parse_answer(answer, 4712));
  CHECK_FALSE(parse_answer(fork_of(1, 2), 0));
  CHECK_FALSE(parse_answer({}, 0));
}
