#include "analyzer/notify/smtp_client.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "analyzer/notify/smtp_transcript.h"
#include "common/config/secret_file.h"
#include "common/curl/easy.h"
#include "common/host_port.h"
#include "common/log.h"

namespace da {
namespace {

/// What libcurl's callbacks work on.
struct Transfer {
  std::string_view unsent;
  SmtpTranscript transcript;
  const std::atomic<bool>& aborted;
};

std::size_t read_body(char* buffer, std::size_t size, std::size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  const std::size_t length = std::min(size * count, transfer.unsent.size());
  std::memcpy(buffer, transfer.unsent.data(), length);
  transfer.unsent.remove_prefix(length);
  return length;
}

int note_dialogue(CURL*, curl_infotype type, char* data, std::size_t size, void* context) {
  auto& transcript = static_cast<Transfer*>(context)->transcript;
  if (type == CURLINFO_HEADER_OUT) transcript.sent({data, size});
  if (type == CURLINFO_HEADER_IN) transcript.received({data, size});
  return 0;
}

int check_abort(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(context)->aborted.load() ? 1 : 0;
}

std::size_t ignore_output(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

std::string url_of(const SmtpConfig& config) {
  return fmt::format("{}://{}/{}", config.security == SmtpSecurity::tls ? "smtps" : "smtp",
                     host_and_port(config.host, config.port), config.message_id_domain);
}

const char* login_options(SmtpAuth auth) {
  switch (auth) {
    case SmtpAuth::automatic:
      break;
    case SmtpAuth::plain:
      return "AUTH=PLAIN";
    case SmtpAuth::login:
      return "AUTH=LOGIN";
    case SmtpAuth::cram_md5:
      return "AUTH=CRAM-MD5";
  }
  return "AUTH=*";
}

void set_security(curl::Setup& setup, const SmtpConfig& config) {
#if CURL_AT_LEAST_VERSION(7, 85, 0)
  setup.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
#else
  setup.set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_SMTP | CURLPROTO_SMTPS));
#endif
  const bool plain = config.security == SmtpSecurity::none;
  curl::set_common(setup, config.ca_file);
  setup.set(CURLOPT_USE_SSL, static_cast<long>(plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  if (!config.username.empty()) {
    setup.set(CURLOPT_USERNAME, config.username.c_str())
        .set(CURLOPT_PASSWORD, config.password.c_str())
        .set(CURLOPT_LOGIN_OPTIONS, login_options(config.auth));
  }
}

void set_limits(curl::Setup& setup, const SmtpConfig& config, Transfer& transfer) {
  setup.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(config.connect_timeout.count()))
      .set(CURLOPT_TIMEOUT_MS, static_cast<long>(config.timeout.count()))
      // Also bounds the wait for an answer to QUIT, which the timeout above does not.
      .set(CURLOPT_SERVER_RESPONSE_TIMEOUT,
           static_cast<long>(std::chrono::ceil<std::chrono::seconds>(config.timeout).count()))
      .set(CURLOPT_NOPROGRESS, 0L)
      .set(CURLOPT_XFERINFOFUNCTION, check_abort)
      .set(CURLOPT_XFERINFODATA, &transfer)
      .set(CURLOPT_VERBOSE, 1L)
      .set(CURLOPT_DEBUGFUNCTION, note_dialogue)
      .set(CURLOPT_DEBUGDATA, &transfer)
      .set(CURLOPT_WRITEFUNCTION, ignore_output)
      .set(CURLOPT_HEADERFUNCTION, ignore_output);
}

curl::List recipient_list(const std::vector<std::string>& recipients) {
  curl::List list;
  for (const std::string& recipient : recipients) {
    if (!curl::append(list, recipient)) return nullptr;
  }
  return list;
}

SendOutcome failure(std::string why) {
  SendOutcome outcome;
  outcome.detail = std::move(why);
  return outcome;
}

}  // namespace

SmtpClient::SmtpClient(SmtpConfig config) : config_(std::move(config)) {
  curl::initialise();
}

SendOutcome SmtpClient::send(const std::string& mail, const std::vector<std::string>& recipients) {
  SendOutcome outcome = send_once(mail, recipients);
  if (outcome.login_refused && read_password_again()) outcome = send_once(mail, recipients);
  return outcome;
}

bool SmtpClient::read_password_again() {
  if (config_.password_file.empty()) return false;
  auto password = read_secret_file(config_.password_file);
  if (!password) {
    log_warning("the mail server refuses the login, and the password cannot be read again", "reason",
                password.error().message());
    return false;
  }
  if (*password == config_.password) return false;
  log_info("the mail server refused the login; its password's file has another by now, which is tried",
           "file", config_.password_file);
  config_.password = *std::move(password);
  return true;
}

SendOutcome SmtpClient::send_once(const std::string& mail, const std::vector<std::string>& recipients) {
  const curl::Handle handle(curl_easy_init());
  const curl::List list = recipient_list(recipients);
  if (!handle || !list) return failure("cannot set up the transfer: out of memory");

  Transfer transfer{mail, {}, aborted_};
  std::string error(CURL_ERROR_SIZE, '\0');
  const std::string url = url_of(config_);
  curl::Setup setup(handle.get());
  set_security(setup, config_);
  set_limits(setup, config_, transfer);
  setup.set(CURLOPT_URL, url.c_str())
      .set(CURLOPT_MAIL_FROM, config_.from.spec().c_str())
      .set(CURLOPT_MAIL_RCPT, list.get())
      // One address that bounces must not keep the alert from everyone else.
      .set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L)
      .set(CURLOPT_UPLOAD, 1L)
      .set(CURLOPT_READFUNCTION, read_body)
      .set(CURLOPT_READDATA, &transfer)
      .set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.size()))
      .set(CURLOPT_ERRORBUFFER, error.data());
  if (!setup.ok()) return failure("this libcurl lacks what secure SMTP needs");

  const CURLcode code = curl_easy_perform(handle.get());
  error.resize(std::strlen(error.c_str()));
  if (error.empty()) error = curl_easy_strerror(code);
  conversation_ = transfer.transcript.conversation();
  return transfer.transcript.outcome(transfer.unsent.empty(), code == CURLE_OK, error);
}

}  // namespace da
