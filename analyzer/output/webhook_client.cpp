#include "analyzer/output/webhook_client.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "common/curl/easy.h"
#include "common/version.h"

namespace da {
namespace {

constexpr long kLongestWait = 3600;

int check_abort(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<std::atomic<bool>*>(context)->load() ? 1 : 0;
}

/// The body of an answer is nobody's business, but neither is it endless.
std::size_t count_body(char*, std::size_t size, std::size_t count, void* context) {
  constexpr std::size_t kMost = 1U << 20U;
  auto& seen = *static_cast<std::size_t*>(context);
  seen += size * count;
  return seen > kMost ? 0 : size * count;
}

PostOutcome failure(std::string why) {
  PostOutcome outcome;
  outcome.detail = std::move(why);
  return outcome;
}

}  // namespace

PostResult judge_status(long status) noexcept {
  constexpr long kTimeout = 408;
  constexpr long kTooEarly = 425;
  constexpr long kTooMany = 429;
  if (status >= 200 && status < 300) return PostResult::accepted;
  const bool passing = status == kTimeout || status == kTooEarly || status == kTooMany;
  // No status: no HTTP.
  return passing || status >= 500 || status < 200 ? PostResult::later : PostResult::refused;
}

WebhookClient::WebhookClient(WebhookConfig config) : config_(std::move(config)) {
  curl::initialise();
}

PostOutcome WebhookClient::post(const std::string& id, const std::string& json) {
  const curl::Handle handle(curl_easy_init());
  curl::List headers;
  // An empty Expect: a server that does not know it would hold each post up for a second.
  bool ok = handle && curl::append(headers, "Content-Type: application/json") &&
            curl::append(headers, "Expect:") && curl::append(headers, "X-Idempotency-Key: " + id);
  if (ok && !config_.token.empty()) ok = curl::append(headers, "Authorization: Bearer " + config_.token);
  if (!ok) return failure("cannot set up the transfer: out of memory");

  std::string error(CURL_ERROR_SIZE, '\0');
  const std::string agent = fmt::format("docker-anomalies/{}", kVersion);
  std::size_t body = 0;
  curl::Setup setup(handle.get());
#if CURL_AT_LEAST_VERSION(7, 85, 0)
  setup.set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
  setup.set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  curl::set_common(setup, config_.ca_file);
  setup.set(CURLOPT_URL, config_.url.c_str())
      .set(CURLOPT_FOLLOWLOCATION, 0L)
      .set(CURLOPT_TIMEOUT_MS, static_cast<long>(config_.timeout.count()))
      .set(CURLOPT_NOPROGRESS, 0L)
      .set(CURLOPT_XFERINFOFUNCTION, check_abort)
      .set(CURLOPT_XFERINFODATA, &aborted_)
      .set(CURLOPT_WRITEFUNCTION, count_body)
      .set(CURLOPT_WRITEDATA, &body)
      .set(CURLOPT_USERAGENT, agent.c_str())
      .set(CURLOPT_HTTPHEADER, headers.get())
      .set(CURLOPT_POST, 1L)
      .set(CURLOPT_POSTFIELDS, json.c_str())
      .set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()))
      .set(CURLOPT_ERRORBUFFER, error.data());
  if (!setup.ok()) return failure("this libcurl lacks what HTTPS needs");

  const CURLcode code = curl_easy_perform(handle.get());
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  PostOutcome outcome;
  // What came after the status cannot change what it said.
  if (status >= 200) {
    outcome.result = judge_status(status);
    outcome.detail = fmt::format("HTTP status {}", status);
    curl_off_t wait = 0;
    if (curl_easy_getinfo(handle.get(), CURLINFO_RETRY_AFTER, &wait) == CURLE_OK && wait > 0)
      outcome.retry_after = std::chrono::seconds(std::min<curl_off_t>(wait, kLongestWait));
    return outcome;
  }
  error.resize(std::strlen(error.c_str()));
  outcome.detail = error.empty() ? curl_easy_strerror(code) : error;
  return outcome;
}

}  // namespace da
