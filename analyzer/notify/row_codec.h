// Alerts, incidents, mails, orders and silences as rows of JSON, for the store to keep beside the checkpoint.
// Pure.
//
// Used by NotifyState. Text that a container chose may be no UTF-8: each byte is kept as the code point of
// the same value, so that nothing is lost and any JSON reader can read it. A row that comes back is
// hostile: it is decoded whole or refused.
//
//   std::string row = encode_alert(alert);
//   Result<Alert> again = decode_alert(row);
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/notify/alert_policy.h"
#include "analyzer/notify/blind_watch.h"
#include "analyzer/notify/order.h"
#include "analyzer/notify/outbox.h"
#include "analyzer/notify/silence.h"
#include "common/result.h"

namespace da {

/// A mail as stored: its alerts are rows of their own.
struct StoredMail {
  OutboxMail mail;
  std::vector<std::string> alert_ids;
};

/// A mail that was refused for good, kept for an operator to look at.
struct DeadLetter {
  std::string id;
  std::string mail;    ///< mail_line()
  std::string answer;  ///< of the mail server
  Moment time{};
  std::vector<std::string> alert_ids{};
  bool told = true;  ///< a later mail said so
};

[[nodiscard]] std::string encode_alert(const Alert& alert);
[[nodiscard]] Result<Alert> decode_alert(std::string_view row);

/// Without what is pending.
[[nodiscard]] std::string encode_incident(const Incident& incident);
[[nodiscard]] Result<Incident> decode_incident(std::string_view row);

[[nodiscard]] std::string encode_mail(const OutboxMail& mail);
[[nodiscard]] Result<StoredMail> decode_mail(std::string_view row);

[[nodiscard]] std::string encode_order(const Order& order);
[[nodiscard]] Result<Order> decode_order(std::string_view row);

[[nodiscard]] std::string encode_blind_host(const BlindHost& host);
[[nodiscard]] Result<BlindHost> decode_blind_host(std::string_view row);
[[nodiscard]] std::string encode_silence(const Silence& silence);
[[nodiscard]] Result<Silence> decode_silence(std::string_view row);

[[nodiscard]] std::string encode_dead_letter(const DeadLetter& letter);
[[nodiscard]] Result<DeadLetter> decode_dead_letter(std::string_view row);

}  // namespace da
