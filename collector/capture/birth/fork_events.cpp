#include "collector/capture/birth/fork_events.h"

#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

#include "collector/capture/birth/fork_filter.h"
#include "common/log.h"

namespace da {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kReceiveBuffer =
    4 << 20;  // some thousands of forks: a datagram costs the kernel 768 bytes or more
constexpr int kDatagramsAtOnce = 4096;  // then the caller's other work gets its turn; fd() stays readable
constexpr auto kAnswerTimeout = 1s;     // the kernel answers before sendto() returns
constexpr std::size_t kMaxDatagram = 256;

using Datagram = std::array<std::byte, kMaxDatagram>;

/// A datagram of the kernel's. Nothing: there is none, or errno says what is wrong.
std::optional<std::span<const std::byte>> receive(int socket, Datagram& buffer) {
  sockaddr_nl from{};
  socklen_t length = sizeof from;
  const auto got = ::recvfrom(socket, buffer.data(), buffer.size(), MSG_DONTWAIT,
                              reinterpret_cast<sockaddr*>(&from), &length);
  if (got < 0) return std::nullopt;
  if (from.nl_pid != 0) return std::span<const std::byte>();  // another process': no event of any kind
  return std::span(buffer).first(static_cast<std::size_t>(got));
}

Result<> send(int socket, std::span<const std::byte> message) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (::sendto(socket, message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&kernel),
               sizeof kernel) >= 0) {
    return {};
  }
  if (errno == ECONNREFUSED) return fail("process connector: needs the host's network namespace");
  return fail_errno("ask the process connector");
}

}  // namespace

Result<ForkEvents> ForkEvents::open() {
  UniqueFd socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR));
  if (!socket) return fail_errno("process connector: socket (is CONFIG_PROC_EVENTS set?)");
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = CN_IDX_PROC;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail_errno("process connector: bind (it needs CAP_NET_ADMIN)");
  // Beyond net.core.rmem_max with CAP_NET_ADMIN in the initial user namespace; as much as is allowed without.
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer) != 0)
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);

  ForkEvents events(std::move(socket));
  if (auto listening = events.listen(); !listening) return tl::unexpected(listening.error());
  if (auto attached = events.attach_filter({}); !attached) return tl::unexpected(attached.error());
  (void)events.read();  // what came between the two
  return events;
}

ForkEvents::~ForkEvents() {
  // Kernels before 6.6 count those who listen, and only so learn that there is one less.
  if (socket_) (void)send(socket_.get(), listen_message(false, 0));
}

/// Where it may not serve us, the kernel is silent.
Result<> ForkEvents::listen() {
  const auto nonce = static_cast<std::uint32_t>(Clock::now().time_since_epoch().count());
  if (auto sent = send(socket_.get(), listen_message(true, nonce)); !sent) return sent;
  const auto deadline = Clock::now() + kAnswerTimeout;
  Datagram buffer;
  while (Clock::now() < deadline) {
    while (const auto datagram = receive(socket_.get(), buffer)) {
      const auto answer = parse_answer(*datagram, nonce);
      if (!answer) continue;
      if (*answer == 0) return {};
      return fail(std::error_code(static_cast<int>(*answer), std::generic_category()),
                  "process connector (it needs CAP_NET_ADMIN on the host)");
    }
    pollfd readable{socket_.get(), POLLIN, 0};
    ::poll(&readable, 1, 50);
  }
  return fail("process connector: no answer; it needs the host's pid and user namespaces");
}

void ForkEvents::set_parents(std::span<const Pid> parents) {
  parents_ = std::set<Pid>(parents.begin(), parents.end());
  const std::vector<Pid> each(parents_.begin(), parents_.end());
  if (attach_filter(each)) return;
  // Too little memory for so long a program (net.core.optmem_max): a short one, and read() tells them apart.
  const std::vector<Pid> too_many(kMaxFilteredParents + 1);
  if (const auto attached = attach_filter(too_many); !attached)
    log_warning("cannot follow forks of new containers", "reason", attached.error().message());
}

Result<> ForkEvents::attach_filter(std::span<const Pid> parents) const {
  auto instructions = fork_filter(parents);
  const sock_fprog program{static_cast<unsigned short>(instructions.size()), instructions.data()};
  if (::setsockopt(socket_.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0) return {};
  return fail_errno("process connector: attach a socket filter");
}

ForkNews ForkEvents::read() {
  ForkNews news;
  Datagram buffer;
  for (int i = 0; i < kDatagramsAtOnce; ++i) {
    const auto datagram = receive(socket_.get(), buffer);
    if (!datagram) {
      if (errno != ENOBUFS) break;
      news.lost = true;
      continue;
    }
    const auto fork = parse_fork(*datagram);
    // One may come that was sent when the set was another.
    if (fork && parents_.contains(fork->parent)) news.forks.push_back(*fork);
  }
  return news;
}

}  // namespace da
