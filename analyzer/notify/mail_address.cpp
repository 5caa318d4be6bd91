#include "analyzer/notify/mail_address.h"

#include <algorithm>

namespace da {
namespace {

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_local_part(std::string_view text) {
  if (text.empty() || text.size() > 64 || text.front() == '.' || text.back() == '.') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_alnum(c) || std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
  });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

}  // namespace

bool is_domain(std::string_view text) {
  if (text.empty() || text.size() > 253 || !is_alnum(text.front()) || !is_alnum(text.back())) return false;
  return text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-' || c == '.'; });
}

Result<MailAddress> MailAddress::from(std::string_view text) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), control))
    return fail("an address cannot hold control characters");
  text = trim(text);
  std::string_view name;
  std::string_view spec = text;
  if (!text.empty() && text.back() == '>') {
    const std::size_t bracket = text.rfind('<');
    if (bracket == std::string_view::npos) return fail("\"<\" is missing");
    name = trim(text.substr(0, bracket));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    if (name.size() > 200) return fail("the name is longer than 200 bytes");
    spec = text.substr(bracket + 1, text.size() - bracket - 2);
  }
  const std::size_t at = spec.rfind('@');
  if (at == std::string_view::npos || !is_local_part(spec.substr(0, at)) || !is_domain(spec.substr(at + 1))) {
    return fail("expected user@host or Name <user@host> in ASCII");
  }
  return MailAddress(std::string(name), std::string(spec));
}

}  // namespace da
