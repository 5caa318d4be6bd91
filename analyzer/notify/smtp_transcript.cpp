#include "analyzer/notify/smtp_transcript.h"

#include <algorithm>

namespace da {
namespace {

constexpr std::size_t kMaxAnswer = 300;
constexpr std::size_t kMaxRecipients = 1000;
constexpr std::size_t kMaxLines = 300;
constexpr int kGoOn = 334;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_temporary(int code) {
  return code >= 400 && code < 500;
}
bool is_permanent(int code) {
  return code >= 500 && code < 600;
}
/// 421: the server is closing. 530, 534, 535, 538: it wants another login or encryption. A person can
/// mend these, and then the mail goes through: nothing is wrong with the mail.
bool concerns_session(int code) {
  return code == 421 || code == 530 || code == 534 || code == 535 || code == 538;
}

std::string_view without_line_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n'))
    line.remove_suffix(1);
  return line;
}

/// "AUTH PLAIN c2VjcmV0" tells the password.
std::string shown(std::string_view line) {
  line = without_line_end(line);
  if (!line.starts_with("AUTH ")) return std::string(line);
  const std::size_t end = line.find(' ', 5);
  return std::string(line.substr(0, end)) + (end == std::string_view::npos ? "" : " ***");
}

}  // namespace

void SmtpTranscript::sent(std::string_view line) {
  constexpr std::string_view rcpt = "RCPT TO:<";
  // The mail's fate is settled by then; the answer to QUIT says nothing of it.
  over_ = over_ || line.starts_with("QUIT");
  // A login goes on until it is answered by something else than 334.
  const bool secret = phase_ == Phase::login && !(answered_ && code_ != kGoOn);
  note("> " + (secret ? std::string("***") : shown(line)));
  if (over_) return;
  answered_ = false;
  if (secret) return;
  if (line.starts_with("MAIL FROM:")) {
    phase_ = Phase::mail;
  } else if (line.starts_with(rcpt)) {
    phase_ = Phase::recipient;
    recipient_ = std::string(line.substr(rcpt.size(), line.find('>') - rcpt.size()));
  } else if (line.starts_with("DATA")) {
    phase_ = Phase::data;
  } else if (line.starts_with("AUTH ")) {
    phase_ = Phase::login;
  }
  // Anything else (EHLO, STARTTLS) comes before MAIL.
}

void SmtpTranscript::note(std::string_view line) {
  if (conversation_.size() < kMaxLines) conversation_.emplace_back(line.substr(0, kMaxAnswer));
}

void SmtpTranscript::received(std::string_view line) {
  line = without_line_end(line);
  // A challenge of CRAM-MD5, beside its answer, would be worth a guess at the password.
  note("< " + std::string(phase_ == Phase::login && line.starts_with("334") ? "334 ***" : line));
  if (over_) return;
  if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit)) return;
  if (line.size() > 3 && line[3] == '-') return;  // more lines follow
  code_ = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  text_ = std::string(line.substr(0, kMaxAnswer));
  answered_ = true;
  if (phase_ == Phase::recipient && recipients_.size() < kMaxRecipients) {
    recipients_.push_back({recipient_, code_, text_});
  }
}

SendOutcome SmtpTranscript::outcome(bool body_sent, bool transport_ok, std::string_view error) const {
  SendOutcome outcome;
  for (const Answer& answer : recipients_) {
    if (answer.code < 400) outcome.accepted_recipients.push_back(answer.recipient);
    if (is_temporary(answer.code)) outcome.deferred_recipients.push_back(answer.recipient);
    if (is_permanent(answer.code)) outcome.refused_recipients.push_back(answer.recipient);
  }
  outcome.detail = text_;
  if (transport_ok) {
    outcome.result = SendResult::accepted;
    return outcome;
  }
  if (!answered_ || (code_ < 400)) outcome.detail = std::string(error.substr(0, kMaxAnswer));

  outcome.login_refused = phase_ == Phase::login && answered_ && is_permanent(code_);
  if (phase_ == Phase::session || phase_ == Phase::login || (answered_ && concerns_session(code_))) {
    outcome.result = SendResult::unreachable;
  } else if (phase_ == Phase::recipient && answered_) {
    // No recipient was taken. One that may be taken later keeps the mail alive.
    outcome.result = outcome.deferred_recipients.empty() && is_permanent(code_) ? SendResult::refused
                                                                                : SendResult::deferred;
  } else if (answered_ && is_permanent(code_)) {
    outcome.result = SendResult::refused;
    outcome.content_refused = phase_ == Phase::data;
  } else if (answered_ && is_temporary(code_)) {
    outcome.result = SendResult::deferred;
  } else {
    outcome.result = body_sent ? SendResult::unknown : SendResult::unreachable;
  }
  return outcome;
}

}  // namespace da
