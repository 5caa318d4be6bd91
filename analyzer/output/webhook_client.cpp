#include "analyzer/output/webhook_client.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>

#include <curl/curl.h>
#include <fmt/format.h>

#include "common/version.h"

namespace da {
namespace {

struct FreeHandle {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;
using Headers = std::unique_ptr<curl_slist, FreeList>;

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

void initialise_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

bool add(Headers& headers, const std::string& line) {
  curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
  if (longer == nullptr) return false;
  static_cast<void>(headers.release());
  headers.reset(longer);
  return true;
}

class EasySetup {
 public:
  explicit EasySetup(CURL* handle) : handle_(handle) {}
  template <typename Value>
  EasySetup& set(CURLoption option, Value value) {
    ok_ = curl_easy_setopt(handle_, option, value) == CURLE_OK && ok_;
    return *this;
  }
  [[nodiscard]] bool ok() const noexcept { return ok_; }

 private:
  CURL* handle_;
  bool ok_ = true;
};

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
  initialise_curl();
}

PostOutcome WebhookClient::post(const std::string& id, const std::string& json) {
  const Handle handle(curl_easy_init());
  Headers headers;
  // An empty Expect: a server that does not know it would hold each post up for a second.
  bool ok = handle && add(headers, "Content-Type: application/json") && add(headers, "Expect:") &&
            add(headers, "X-Idempotency-Key: " + id);
  if (ok && !config_.token.empty()) ok = add(headers, "Authorization: Bearer " + config_.token);
  if (!ok) return failure("cannot set up the transfer: out of memory");

  std::string error(CURL_ERROR_SIZE, '\0');
  const std::string agent = fmt::format("docker-anomalies/{}", kVersion);
  std::size_t body = 0;
  EasySetup setup(handle.get());
#if CURL_AT_LEAST_VERSION(7, 85, 0)
  setup.set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
  setup.set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  setup.set(CURLOPT_URL, config_.url.c_str())
      .set(CURLOPT_SSL_VERIFYPEER, 1L)
      .set(CURLOPT_SSL_VERIFYHOST, 2L)
      .set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2))
      .set(CURLOPT_FOLLOWLOCATION, 0L)
      .set(CURLOPT_NOSIGNAL, 1L)
      .set(CURLOPT_TIMEOUT_MS, static_cast<long>(config_.timeout.count()))
      .set(CURLOPT_FORBID_REUSE, 1L)
      .set(CURLOPT_PROXY, "")  // not what the environment says
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
  if (!config_.ca_file.empty()) {
    // Only what the file holds: the system's certificates would widen what the operator chose.
    setup.set(CURLOPT_CAINFO, config_.ca_file.c_str()).set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
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
