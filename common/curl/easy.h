// One transfer of libcurl's: its handle, its lists, and options of which every one must have been taken.
//
// Used by notify/smtp_client and output/webhook_client. Header only, so that who links it names libcurl.
//
//   curl::initialise();
//   const curl::Handle handle(curl_easy_init());
//   curl::Setup setup(handle.get());
//   curl::set_common(setup, config.ca_file);
//   setup.set(CURLOPT_URL, url.c_str());
//   if (!setup.ok()) return failure("this libcurl lacks what HTTPS needs");
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <curl/curl.h>

namespace da::curl {

struct FreeHandle {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;
using List = std::unique_ptr<curl_slist, FreeList>;

/// Once in a process, before the first handle; from any thread.
inline void initialise() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

/// False, and the list is as it was: out of memory.
[[nodiscard]] inline bool append(List& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) return false;
  static_cast<void>(list.release());
  list.reset(longer);
  return true;
}

class Setup {
 public:
  explicit Setup(CURL* handle) : handle_(handle) {}
  template <typename Value>
  Setup& set(CURLoption option, Value value) {
    ok_ = curl_easy_setopt(handle_, option, value) == CURLE_OK && ok_;
    return *this;
  }
  /// Whether every option was taken.
  [[nodiscard]] bool ok() const noexcept { return ok_; }

 private:
  CURL* handle_;
  bool ok_ = true;
};

/// Servers are verified, connections are for one transfer, and nothing is taken from the environment.
/// `ca_file`: PEM; empty: the system's authorities.
inline void set_common(Setup& setup, const std::string& ca_file) {
  setup.set(CURLOPT_SSL_VERIFYPEER, 1L)
      .set(CURLOPT_SSL_VERIFYHOST, 2L)
      .set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2))
      .set(CURLOPT_NOSIGNAL, 1L)
      .set(CURLOPT_FORBID_REUSE, 1L)
      .set(CURLOPT_PROXY, "");  // not what the environment says
  if (!ca_file.empty()) {
    // Only what the file holds: the system's certificates would widen what the operator chose.
    setup.set(CURLOPT_CAINFO, ca_file.c_str()).set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
}

}  // namespace da::curl
