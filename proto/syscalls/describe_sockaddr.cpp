#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "proto/syscalls/describe.h"
#include "proto/syscalls/text.h"
#include "proto/syscalls/vocabulary.h"

namespace da {
namespace {

// Layouts of the kernel's structures; the traced architectures are all little-endian.
enum class Family : std::uint16_t {
  unspecified = 0,
  unix_domain = 1,
  inet = 2,
  inet6 = 10,
  netlink = 16,
  vsock = 40
};

constexpr std::size_t kMaxShownBytes = 128;  // sizeof(sockaddr_storage)

std::uint64_t little(std::string_view bytes, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;)
    value = value << 8U | static_cast<unsigned char>(bytes[offset + i]);
  return value;
}

std::uint64_t port_of(std::string_view bytes) {
  return static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[2])) << 8U |
         static_cast<unsigned char>(bytes[3]);
}

std::string address_text(int family, std::string_view raw) {
  char text[INET6_ADDRSTRLEN] = {};
  return ::inet_ntop(family, raw.data(), text, sizeof text) == nullptr ? "?" : text;
}

std::string describe_inet(std::string_view bytes) {
  std::string out = address_text(AF_INET, bytes.substr(4, 4)) + ":";
  append_decimal(out, port_of(bytes));
  return out;
}

std::string describe_inet6(std::string_view bytes) {
  std::string out = "[" + address_text(AF_INET6, bytes.substr(8, 16));
  if (bytes.size() >= 28 && little(bytes, 24, 4) != 0) {
    out += '%';
    append_decimal(out, little(bytes, 24, 4));
  }
  out += "]:";
  append_decimal(out, port_of(bytes));
  return out;
}

/// A path ends at its NUL; an abstract name begins with one and is as long as the address says.
std::string describe_unix(std::string_view bytes) {
  std::string_view name = bytes.substr(2);
  std::string out = "unix:";
  if (name.empty()) return out + "(unnamed)";
  if (name.front() == '\0') {
    out += '@';
    append_escaped(out, name.substr(1));
    return out;
  }
  name = name.substr(0, name.find('\0'));
  if (name.starts_with('@')) {
    // A file of that name, not an abstract one.
    out += "\\x40";
    name.remove_prefix(1);
  }
  append_escaped(out, name);
  return out;
}

std::string describe_netlink(std::string_view bytes) {
  std::string out = "netlink:pid=";
  append_decimal(out, little(bytes, 4, 4));
  out += ",groups=";
  append_hex(out, little(bytes, 8, 4));
  return out;
}

std::string describe_vsock(std::string_view bytes) {
  std::string out = "vsock:";
  append_decimal(out, little(bytes, 8, 4));
  out += ':';
  append_decimal(out, little(bytes, 4, 4));
  return out;
}

std::string describe_raw(std::uint64_t family, std::string_view bytes) {
  std::string out;
  if (!append_words(out, *vocabulary_of(ArgKind::address_family, Arch::x86_64), family)) {
    out += "family_";
    append_decimal(out, family);
  }
  out += ':';
  append_hex_bytes(out, bytes.substr(2));
  return out;
}

}  // namespace

std::string describe_sockaddr(std::string_view bytes) {
  bytes = bytes.substr(0, kMaxShownBytes);
  if (bytes.size() < 2) {
    std::string out = "?:";
    append_hex_bytes(out, bytes);
    return out;
  }
  const std::uint64_t family = little(bytes, 0, 2);
  switch (static_cast<Family>(family)) {
    case Family::unix_domain:
      return describe_unix(bytes);
    case Family::inet:
      if (bytes.size() >= 8) return describe_inet(bytes);
      break;
    case Family::inet6:
      if (bytes.size() >= 24) return describe_inet6(bytes);
      break;
    case Family::netlink:
      if (bytes.size() >= 12) return describe_netlink(bytes);
      break;
    case Family::vsock:
      if (bytes.size() >= 12) return describe_vsock(bytes);
      break;
    case Family::unspecified:
      break;
  }
  return describe_raw(family, bytes);
}

}  // namespace da
