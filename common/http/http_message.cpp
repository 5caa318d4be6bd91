#include "common/http/http_message.h"

#include <algorithm>
#include <charconv>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>

namespace da {
namespace {

bool same_name(std::string_view a, std::string_view b) noexcept {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

std::optional<unsigned char> hex_byte(std::string_view digits) noexcept {
  unsigned char byte = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
  if (problem != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return byte;
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const noexcept {
  const std::string* found = nullptr;
  for (const auto& [key, value] : headers) {
    if (!same_name(key, name)) continue;
    if (found != nullptr) return {};
    found = &value;
  }
  return found == nullptr ? std::string_view() : *found;
}

std::optional<std::string> HttpRequest::query_value(std::string_view name) const {
  std::string_view left = query;
  while (!left.empty()) {
    const std::string_view pair = left.substr(0, left.find('&'));
    left.remove_prefix(std::min(left.size(), pair.size() + 1));
    const auto equals = std::min(pair.find('='), pair.size());
    if (decode_form_text(pair.substr(0, equals)) != name) continue;
    return decode_form_text(pair.substr(std::min(equals + 1, pair.size())));
  }
  return std::nullopt;
}

std::optional<std::string> decode_form_text(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const auto byte = i + 2 < text.size() ? hex_byte(text.substr(i + 1, 2)) : std::nullopt;
    if (!byte) return std::nullopt;
    decoded += static_cast<char>(*byte);
    i += 2;
  }
  return decoded;
}

HttpReply HttpReply::text(std::string text, std::string content_type) {
  HttpReply reply;
  reply.content_type = std::move(content_type);
  reply.body = std::make_shared<const std::string>(std::move(text));
  return reply;
}

HttpReply HttpReply::status(unsigned code) {
  const auto words = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(code));
  HttpReply reply = text(std::string(words.data(), words.size()) + "\n");
  reply.status_code = code;
  return reply;
}

HttpReply HttpReply::event_stream(std::shared_ptr<EventQueue> events) {
  HttpReply reply;
  reply.content_type = "text/event-stream";
  reply.events = std::move(events);
  return reply;
}

void HttpReply::set(std::string_view name, std::string value) {
  std::erase_if(headers, [&](const auto& header) { return same_name(header.first, name); });
  headers.emplace_back(name, std::move(value));
}

}  // namespace da
