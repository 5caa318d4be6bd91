#include "collector/capture/birth/fork_message.h"

#include <cstddef>
#include <cstring>

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>

namespace da {
namespace {

using namespace fork_message;

static_assert(sizeof(nlmsghdr) + sizeof(cn_msg) == kEvent);
static_assert(kEvent + offsetof(proc_event, event_data) == kData);
static_assert(kEvent + offsetof(proc_event, event_data.fork.parent_tgid) == kParentProcess);
static_assert(kEvent + offsetof(proc_event, event_data.fork.child_pid) == kChildThread);
static_assert(kEvent + offsetof(proc_event, event_data.fork.child_tgid) == kChildProcess);

// PROC_EVENT_NONE. The enumeration is within proc_event in older headers, and beside it in newer ones.
constexpr std::uint32_t kAnswer = 0;

template <typename Value>
Value value_at(std::span<const std::byte> bytes, std::size_t offset) {
  Value value{};
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

bool is_from_process_connector(std::span<const std::byte> datagram) {
  const auto id = value_at<cb_id>(datagram, sizeof(nlmsghdr));
  return id.idx == CN_IDX_PROC && id.val == CN_VAL_PROC;
}

}  // namespace

std::optional<ForkEvent> parse_fork(std::span<const std::byte> datagram) {
  if (datagram.size() < kForkBytes || !is_from_process_connector(datagram)) return std::nullopt;
  const auto child = value_at<std::int32_t>(datagram, kChildProcess);
  if (value_at<std::uint32_t>(datagram, kEvent) != kFork) return std::nullopt;
  if (value_at<std::int32_t>(datagram, kChildThread) != child) return std::nullopt;
  return ForkEvent{Pid{value_at<std::int32_t>(datagram, kParentProcess)}, Pid{child}};
}

std::array<std::byte, kListenBytes> listen_message(bool listen, std::uint32_t nonce) {
  nlmsghdr netlink{};
  netlink.nlmsg_len = kListenBytes;
  netlink.nlmsg_type = NLMSG_DONE;
  cn_msg connector{};
  connector.id = {CN_IDX_PROC, CN_VAL_PROC};
  connector.ack = nonce;
  const std::uint32_t operation = listen ? PROC_CN_MCAST_LISTEN : PROC_CN_MCAST_IGNORE;
  connector.len = sizeof operation;

  std::array<std::byte, kListenBytes> bytes{};
  std::memcpy(bytes.data(), &netlink, sizeof netlink);
  std::memcpy(bytes.data() + sizeof netlink, &connector, sizeof connector);
  std::memcpy(bytes.data() + kEvent, &operation, sizeof operation);
  return bytes;
}

std::optional<std::uint32_t> parse_answer(std::span<const std::byte> datagram, std::uint32_t nonce) {
  if (datagram.size() < kData + 4 || !is_from_process_connector(datagram)) return std::nullopt;
  const auto connector = value_at<cn_msg>(datagram, sizeof(nlmsghdr));
  // Everyone who listens gets every answer. It acknowledges with one more than what was sent.
  if (value_at<std::uint32_t>(datagram, kEvent) != kAnswer || connector.ack != nonce + 1) return std::nullopt;
  return value_at<std::uint32_t>(datagram, kData);
}

}  // namespace da
