#include "analyzer/output/outputs_config.h"

#include <algorithm>
#include <iterator>

namespace da {
namespace {

using namespace std::chrono_literals;

constexpr const char* kTokenVariable = "DOCKER_ANOMALIES_WEBHOOK_TOKEN";
constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";

std::string read_path(Section& section, const char* key, const std::string& usual) {
  const std::string path = section.string(key, usual);
  if (!path.empty() && path.front() != '/') throw section.error(key, "expected an absolute path");
  return path;
}

/// By their numbers (RFC 5424).
std::uint8_t read_facility(Section& section) {
  constexpr const char* kNames[] = {"kern",   "user",   "mail",   "daemon", "auth",     "syslog",
                                    "lpr",    "news",   "uucp",   "cron",   "authpriv", "ftp",
                                    "ntp",    "audit",  "alert",  "clock",  "local0",   "local1",
                                    "local2", "local3", "local4", "local5", "local6",   "local7"};
  const std::string name = section.word("facility", "daemon",
                                        {"user", "daemon", "auth", "authpriv", "local0", "local1", "local2",
                                         "local3", "local4", "local5", "local6", "local7"});
  return static_cast<std::uint8_t>(std::ranges::find(kNames, name) - std::begin(kNames));
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

/// To this machine by plain HTTP, no further.
bool is_loopback(std::string_view url) {
  const std::string_view rest = url.substr(kHttp.size());
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos) return false;
  if (authority.starts_with("[::1]")) return true;
  const std::string_view host = authority.substr(0, authority.find(':'));
  return host == "localhost" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

WebhookConfig read_webhook(Section section) {
  WebhookConfig config;
  config.url = section.string("url", "");
  const bool allow_plaintext = section.boolean("allow_plaintext", false);
  const bool https = config.url.starts_with(kHttps) && config.url.size() > kHttps.size();
  const bool http = config.url.starts_with(kHttp) && config.url.size() > kHttp.size();
  if ((!https && !http) || !is_printable(config.url))
    throw section.error("url", "expected https://HOST/PATH");
  if (http && !allow_plaintext && !is_loopback(config.url)) {
    throw section.error("url",
                        "http would send alerts unencrypted over the network; use https, or confirm with "
                        "allow_plaintext: true");
  }
  config.token = section.secret("token", kTokenVariable).value_or("");
  if (!is_printable(config.token)) throw section.error("token_file", "a token has no blanks and is ASCII");
  config.ca_file = section.string("ca_file", "");
  config.timeout = section.duration("timeout", config.timeout, 100ms, 5min);
  config.queue =
      static_cast<std::size_t>(section.integer("queue", static_cast<std::int64_t>(config.queue), 1, 100'000));
  section.done();
  return config;
}

}  // namespace

OutputsConfig read_outputs_config(Section section) {
  OutputsConfig config;
  if (section.has("file")) {
    Section file = section.section("file");
    config.file = read_path(file, "path", "");
    if (config.file->empty()) throw file.error("path", "expected the path of a file");
    file.done();
  }
  if (section.has("syslog")) {
    Section syslog = section.section("syslog");
    SyslogConfig read;
    read.socket = read_path(syslog, "socket", read.socket);
    constexpr std::size_t kLongestSocket = 107;
    if (read.socket.empty() || read.socket.size() > kLongestSocket)
      throw syslog.error("socket", "expected the path of a unix socket, of at most 107 bytes");
    read.facility = read_facility(syslog);
    syslog.done();
    config.syslog = std::move(read);
  }
  if (section.has("webhook")) config.webhook = read_webhook(section.section("webhook"));
  section.done();
  return config;
}

}  // namespace da
