#include "analyzer/model/habits/address_object.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include "analyzer/model/habits/general_name.h"
#include "analyzer/model/habits/path_object.h"

namespace da {
namespace {

// Of the kernel's structures; the traced architectures are all little-endian.
constexpr std::uint16_t kUnix = 1;
constexpr std::uint16_t kInet = 2;
constexpr std::uint16_t kInet6 = 10;
constexpr std::uint16_t kVsock = 40;
constexpr std::uint16_t kPacket = 17;
constexpr std::uint32_t kFirstEphemeral = 32768;  // net.ipv4.ip_local_port_range

std::uint8_t byte_at(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<std::uint8_t>(bytes[at]);
}

/// Numbers with a separator between them.
class Text {
 public:
  void put(std::uint32_t number, int base = 10) noexcept {
    end_ = std::to_chars(end_, bytes_.data() + bytes_.size(), number, base).ptr;
  }
  void put(char byte) noexcept {
    if (end_ != bytes_.data() + bytes_.size()) *end_++ = byte;
  }
  [[nodiscard]] std::string_view view() const noexcept {
    return {bytes_.data(), static_cast<std::size_t>(end_ - bytes_.data())};
  }

 private:
  std::array<char, 40> bytes_;
  char* end_ = bytes_.data();
};

enum class Class : std::uint8_t { any, loopback, link_local, private_use, multicast, public_use };

std::string_view to_string(Class c) noexcept {
  constexpr std::array<std::string_view, 6> kNames = {"any",     "loopback",  "link-local",
                                                      "private", "multicast", "public"};
  return kNames[static_cast<std::size_t>(c)];
}

Class class_of_ipv4(std::string_view address) noexcept {
  const std::uint8_t a = byte_at(address, 0);
  const std::uint8_t b = byte_at(address, 1);
  if (a == 0) return Class::any;
  if (a == 127) return Class::loopback;
  if (a == 169 && b == 254) return Class::link_local;
  if (a == 10 || (a == 172 && (b & 0xf0U) == 16) || (a == 192 && b == 168)) return Class::private_use;
  if (a == 100 && (b & 0xc0U) == 64) return Class::private_use;
  if (a >= 224) return Class::multicast;  // and broadcast
  return Class::public_use;
}

Class class_of_ipv6(std::string_view address) noexcept {
  const std::uint8_t a = byte_at(address, 0);
  const std::uint8_t b = byte_at(address, 1);
  if (a == 0 && address.substr(0, 15).find_first_not_of('\0') == std::string_view::npos)
    return byte_at(address, 15) == 1   ? Class::loopback
           : byte_at(address, 15) == 0 ? Class::any
                                       : Class::public_use;
  if (a == 0xfe && (b & 0xc0U) == 0x80) return Class::link_local;
  if ((a & 0xfeU) == 0xfc) return Class::private_use;
  if (a == 0xff) return Class::multicast;
  return Class::public_use;
}

bool is_mapped(std::string_view address) noexcept {
  return address.substr(0, 12) == std::string_view("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
}

std::uint32_t port_of(std::string_view bytes) noexcept {
  return static_cast<std::uint32_t>(byte_at(bytes, 2)) << 8U | byte_at(bytes, 3);
}

bool is_of_the_resolver(Class kind, std::uint32_t port) noexcept {
  return port == 0 || (port == 53 && (kind == Class::loopback || kind == Class::private_use));
}

void push_port(Trail& trail, std::string_view bytes) noexcept {
  const std::uint32_t port = port_of(bytes);
  if (port >= kFirstEphemeral) {
    trail.push("ephemeral");
    return;
  }
  Text text;
  text.put(port);
  trail.push(text.view());
}

void push_ipv4(Trail& trail, std::string_view bytes, std::string_view address) noexcept {
  const Class kind = class_of_ipv4(address);
  trail.push(to_string(kind));
  push_port(trail, bytes);
  const bool local_host =
      address == std::string_view("\x7f\0\0\1", 4);  // as ::1, which a name may stand for as well
  if (kind != Class::public_use && kind != Class::link_local && (kind != Class::loopback || local_host))
    return;
  Text text;
  for (std::size_t i = 0; i < (kind == Class::public_use ? 2U : 4U); ++i) {
    if (i > 0) text.put('.');
    text.put(std::uint32_t{byte_at(address, i)});
  }
  trail.push(text.view());
}

void push_ipv6(Trail& trail, std::string_view bytes, std::string_view address) noexcept {
  const Class kind = class_of_ipv6(address);
  trail.push(to_string(kind));
  push_port(trail, bytes);
  if (kind != Class::public_use) return;
  Text text;
  for (std::size_t i = 0; i < 6; i += 2) {
    if (i > 0) text.put(':');
    text.put(static_cast<std::uint32_t>(byte_at(address, i)) << 8U | byte_at(address, i + 1), 16);
  }
  trail.push(text.view());
}

bool push_unix(Trail& trail, std::string_view name) noexcept {
  if (name.empty()) return false;  // the kernel chooses one
  NameBuffer buffer;
  if (name.front() == '\0') {
    trail.push("abstract");
    const std::string_view abstract = name.substr(1);
    trail.push(general_name(abstract.substr(0, std::min(abstract.find('\0'), abstract.size())), buffer));
    return true;
  }
  trail.push("unix");
  if (name.starts_with("/dev/log")) return false;  // the system log
  PathObject object;
  object_of_path({name.substr(0, std::min(name.find('\0'), name.size())), false, false, true, true}, object);
  for (std::size_t i = 0; i < object.trail.size(); ++i)
    trail.push(object.trail[i]);
  return true;
}

}  // namespace

bool object_of_address(AddressUse use, std::string_view bytes, Trail& trail) noexcept {
  trail.clear();
  if (bytes.size() < 2) return false;
  const bool reaches = use == AddressUse::reaches;
  trail.push(reaches ? "reaches" : "listens");
  const auto family = static_cast<std::uint16_t>(byte_at(bytes, 0) | byte_at(bytes, 1) << 8U);
  switch (family) {
    case kUnix:
      return push_unix(trail, bytes.substr(2));
    case kInet: {
      if (bytes.size() < 8) return false;
      const std::string_view address = bytes.substr(4, 4);
      push_ipv4(trail, bytes, address);
      return !reaches || !is_of_the_resolver(class_of_ipv4(address), port_of(bytes));
    }
    case kInet6: {
      if (bytes.size() < 24) return false;
      const std::string_view address = bytes.substr(8, 16);
      if (is_mapped(address)) {
        push_ipv4(trail, bytes, address.substr(12));
        return !reaches || !is_of_the_resolver(class_of_ipv4(address.substr(12)), port_of(bytes));
      }
      push_ipv6(trail, bytes, address);
      return !reaches || !is_of_the_resolver(class_of_ipv6(address), port_of(bytes));
    }
    case kVsock:
      trail.push("vsock");
      return true;
    case kPacket:
      trail.push("packet");
      return true;
    default:
      return false;
  }
}

}  // namespace da
