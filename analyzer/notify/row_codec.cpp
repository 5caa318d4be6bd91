#include "analyzer/notify/row_codec.h"

#include <limits>
#include <optional>
#include <type_traits>

#include <nlohmann/json.hpp>

namespace da {
namespace {

using Json = nlohmann::json;

constexpr int kRowVersion = 1;
constexpr std::size_t kMaxRowBytes = std::size_t{2} << 20;
constexpr std::size_t kMaxItems = 10'000;

std::string to_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xc0U | (byte >> 6U));
      text += static_cast<char>(0x80U | (byte & 0x3fU));
    }
  }
  return text;
}

/// Ids go into headers and keys of the store.
bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= 200 &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string_view::npos;
}

/// False for a code point above 255: to_utf8() did not write that.
bool from_utf8(std::string_view text, std::string& bytes) {
  bytes.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first < 0x80) {
      bytes += text[i];
      continue;
    }
    if ((first != 0xc2 && first != 0xc3) || i + 1 >= text.size()) return false;
    const auto second = static_cast<unsigned char>(text[++i]);
    bytes += static_cast<char>(((first & 3U) << 6U) | (second & 0x3fU));
  }
  return true;
}

// Writer and Reader go through the same list of fields, so the two directions cannot drift apart.

struct Writer {
  Json json = Json::object();

  template <typename Value>
  void operator()(const char* key, const Value& value) {
    json[key] = to_json(value);
  }

  static Json to_json(const std::string& value) { return to_utf8(value); }
  static Json to_json(Moment value) { return value.time_since_epoch().count(); }
  static Json to_json(Tid value) { return to_raw(value); }
  static Json to_json(Pid value) { return to_raw(value); }
  static Json to_json(AlertKind value) { return static_cast<int>(value); }
  static Json to_json(BlindKind value) { return static_cast<int>(value); }
  static Json to_json(OrderVerb value) { return static_cast<int>(value); }
  static Json to_json(Severity value) { return severity_name(value); }
  template <typename Value>
  requires std::is_arithmetic_v<Value>
  static Json to_json(Value value) { return value; }
  template <typename Item>
  static Json to_json(const std::vector<Item>& items) {
    Json list = Json::array();
    for (const Item& item : items)
      list.push_back(to_json(item));
    return list;
  }
  template <typename Struct>
  requires std::is_class_v<Struct>
  static Json to_json(const Struct& value);
};

struct Reader {
  const Json& json;
  bool ok = true;

  template <typename Value>
  void operator()(const char* key, Value& value) {
    const auto found = json.find(key);
    if (found != json.end()) ok = ok && from_json(*found, value);  // a missing one keeps its default
  }

  static bool from_json(const Json& from, std::string& value) {
    return from.is_string() && from_utf8(from.get_ref<const std::string&>(), value);
  }
  static bool from_json(const Json& from, Moment& value) {
    std::int64_t millis = 0;
    // Beyond the year 10000 sums of times would overflow.
    if (!from_json(from, millis) || millis < 0 || millis > 253'402'300'800'000) return false;
    value = Moment(std::chrono::milliseconds(millis));
    return true;
  }
  template <typename Id>
  requires std::is_same_v<Id, Tid> || std::is_same_v<Id, Pid>
  static bool from_json(const Json& from, Id& value) {
    std::int32_t raw = 0;
    if (!from_json(from, raw)) return false;
    value = Id{raw};
    return true;
  }
  static bool from_json(const Json& from, AlertKind& value) {
    std::uint8_t raw = 0;
    if (!from_json(from, raw) || !is_known(static_cast<AlertKind>(raw))) return false;
    value = static_cast<AlertKind>(raw);
    return true;
  }
  static bool from_json(const Json& from, OrderVerb& value) {
    std::uint8_t raw = 0;
    if (!from_json(from, raw) || raw > static_cast<std::uint8_t>(OrderVerb::unlearn)) return false;
    value = static_cast<OrderVerb>(raw);
    return true;
  }
  static bool from_json(const Json& from, BlindKind& value) {
    std::uint8_t raw = 0;
    if (!from_json(from, raw) || raw > static_cast<std::uint8_t>(BlindKind::unable)) return false;
    value = static_cast<BlindKind>(raw);
    return true;
  }
  static bool from_json(const Json& from, Severity& value) {
    const auto severity =
        from.is_string() ? severity_from(from.get_ref<const std::string&>()) : std::optional<Severity>{};
    if (severity) value = *severity;
    return severity.has_value();
  }
  static bool from_json(const Json& from, bool& value) {
    if (!from.is_boolean()) return false;
    value = from.get<bool>();
    return true;
  }
  static bool from_json(const Json& from, double& value) {
    if (from.is_null()) return true;  // how JSON writes NaN
    if (!from.is_number()) return false;
    value = from.get<double>();
    return true;
  }
  template <typename Number>
  requires std::is_integral_v<Number>
  static bool from_json(const Json& from, Number& value) {
    using Limits = std::numeric_limits<Number>;
    if (from.is_number_unsigned()) {
      const auto raw = from.get<std::uint64_t>();
      if (raw > static_cast<std::uint64_t>(Limits::max())) return false;
      value = static_cast<Number>(raw);
      return true;
    }
    if (!from.is_number_integer()) return false;
    const auto raw = from.get<std::int64_t>();  // negative, or nlohmann would call it unsigned
    if (!Limits::is_signed || raw < static_cast<std::int64_t>(Limits::min())) return false;
    if (raw > 0 && static_cast<std::uint64_t>(raw) > static_cast<std::uint64_t>(Limits::max())) return false;
    value = static_cast<Number>(raw);
    return true;
  }
  template <typename Item>
  static bool from_json(const Json& from, std::vector<Item>& items) {
    if (!from.is_array() || from.size() > kMaxItems) return false;
    items.resize(from.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!from_json(from[i], items[i])) return false;
    }
    return true;
  }
  template <typename Struct>
  requires std::is_class_v<Struct>
  static bool from_json(const Json& from, Struct& value);
};

template <typename Visitor>
void visit(Visitor& field, EvidenceCall& call) {
  field("time_ns", call.time_ns);
  field("tid", call.tid);
  field("text", call.text);
  field("unseen", call.unseen);
}

template <typename Visitor>
void visit(Visitor& field, Expectation& expected) {
  field("call", expected.call);
  field("probability", expected.probability);
}

template <typename Visitor>
void visit(Visitor& field, ScoreHistory& scores) {
  field("end_ns", scores.end_ns);
  field("step_ns", scores.step_ns);
  field("values", scores.values);
}

template <typename Visitor>
void visit(Visitor& field, Behaviour& behaviour) {
  field("image", behaviour.image);
  field("executable", behaviour.executable);
  field("arch", behaviour.arch);
  field("parent", behaviour.parent);
  field("windows", behaviour.windows);
  field("unseen", behaviour.unseen);
  field("footprint", behaviour.footprint);
  field("object", behaviour.object);
  field("amount", behaviour.amount);
}

template <typename Visitor>
void visit(Visitor& field, Alert& alert) {
  field("id", alert.id);
  field("kind", alert.kind);
  field("time_ns", alert.time_ns);
  field("host", alert.host);
  field("container_id", alert.container_id);
  field("container_name", alert.container_name);
  field("labels", alert.labels);
  field("image", alert.image);
  field("image_id", alert.image_id);
  field("executable", alert.executable);
  field("command_line", alert.command_line);
  field("pid", alert.pid);
  field("tid", alert.tid);
  field("parent_executable", alert.parent_executable);
  field("started_by", alert.started_by);
  field("parent_pid", alert.parent_pid);
  field("score", alert.score);
  field("threshold", alert.threshold);
  field("score_meaning", alert.score_meaning);
  field("scores", alert.scores);
  field("calls", alert.calls);
  field("first_unseen", alert.first_unseen);
  field("unseen_ngram", alert.unseen_ngram);
  field("expected", alert.expected);
  field("thread", alert.thread);
  field("gap_free", alert.gap_free);
  field("found", alert.found);
  field("object", alert.object);
  field("usual", alert.usual);
  field("behaviour", alert.behaviour);
  field("silenced_by", alert.silenced_by);
  field("profile", alert.profile);
}

template <typename Visitor>
void visit(Visitor& field, Order& order) {
  field("id", order.id);
  field("verb", order.verb);
  field("target", order.target);
  field("kind", order.kind);
  field("about", order.about);
  field("image_name", order.image_name);
  field("author", order.author);
  field("comment", order.comment);
  field("time_ns", order.time_ns);
  field("since_ns", order.since_ns);
}

template <typename Visitor>
void visit(Visitor& field, Silence& silence) {
  field("id", silence.id);
  field("image", silence.image);
  field("container", silence.container);
  field("executable", silence.executable);
  field("author", silence.author);
  field("comment", silence.comment);
  field("created", silence.created);
  field("ends", silence.ends);
  field("removed_by", silence.removed_by);
}

template <typename Visitor>
void visit(Visitor& field, AlertCount& count) {
  field("kind", count.kind);
  field("executable", count.executable);
  field("object", count.object);
  field("count", count.count);
  field("last_time_ns", count.last_time_ns);
  field("listed", count.listed);
  field("shown", count.shown);
  field("variants", count.variants);
  field("variants_since", count.variants_since);
  field("unlike", count.unlike);
}

template <typename Visitor>
void visit(Visitor& field, Incident& incident) {
  field("id", incident.id);
  field("host", incident.host);
  field("container_id", incident.container_id);
  field("container_name", incident.container_name);
  field("labels", incident.labels);
  field("image", incident.image);
  field("last_alert", incident.last_alert);
  field("first_untold", incident.first_untold);
  field("last_mail", incident.last_mail);
  field("mails", incident.mails);
  field("total", incident.total);
  field("severity", incident.severity);
  field("counts", incident.counts);
  field("overflow", incident.overflow);
}

template <typename Visitor>
void visit(Visitor& field, BlindContainer& container) {
  field("id", container.id);
  field("name", container.name);
  field("image", container.image);
  field("lost", container.lost);
}

template <typename Visitor>
void visit(Visitor& field, BlindNews& news) {
  field("kind", news.kind);
  field("over", news.over);
  field("host", news.host);
  field("since_ns", news.since_ns);
  field("until_ns", news.until_ns);
  field("detail", news.detail);
  field("lost_queue", news.lost_queue);
  field("lost_retention", news.lost_retention);
  field("missing", news.missing);
  field("containers", news.containers);
  field("traced", news.traced);
}

template <typename Visitor>
void visit(Visitor& field, BlindEpisode& episode) {
  field("open", episode.open);
  field("told", episode.told);
  field("since_ns", episode.since_ns);
  field("first", episode.first);
  field("last", episode.last);
  field("lost_queue", episode.lost_queue);
  field("lost_retention", episode.lost_retention);
  field("missing", episode.missing);
}

template <typename Visitor>
void visit(Visitor& field, BlindHost& host) {
  field("epoch", host.epoch);
  field("lost_queue", host.lost_queue);
  field("lost_retention", host.lost_retention);
  field("missing", host.missing);
  field("silent", host.silent);
  field("losing", host.losing);
  field("unable", host.unable);
  field("containers", host.containers);
}

template <typename Visitor>
void visit(Visitor& field, Notification& note) {
  field("incident", note.incident);
  field("sequence", note.sequence);
  field("closing", note.closing);
  field("host", note.host);
  field("container_id", note.container_id);
  field("container_name", note.container_name);
  field("labels", note.labels);
  field("image", note.image);
  field("counts", note.counts);
  field("left_out", note.left_out);
  field("total", note.total);
  field("blind", note.blind);
  field("severity", note.severity);
}

template <typename Visitor>
void visit(Visitor& field, StoredMail& stored) {
  field("id", stored.mail.id);
  field("note", stored.mail.note);
  field("alert_ids", stored.alert_ids);
  field("written", stored.mail.written);
  field("attempt", stored.mail.attempt);
  field("copy", stored.mail.copy);
  field("bare", stored.mail.bare);
  field("uncertain", stored.mail.uncertain);
  field("settled", stored.mail.settled);
}

template <typename Visitor>
void visit(Visitor& field, DeadLetter& letter) {
  field("id", letter.id);
  field("mail", letter.mail);
  field("answer", letter.answer);
  field("time", letter.time);
  field("alert_ids", letter.alert_ids);
  field("told", letter.told);
}

template <typename Struct>
requires std::is_class_v<Struct> Json Writer::to_json(const Struct& value) {
  Writer writer;
  visit(writer, const_cast<Struct&>(value));  // visit() serves both directions; a Writer only reads
  return std::move(writer.json);
}

template <typename Struct>
requires std::is_class_v<Struct>
bool Reader::from_json(const Json& from, Struct& value) {
  if (!from.is_object()) return false;
  Reader reader{from};
  visit(reader, value);
  return reader.ok;
}

template <typename Struct>
std::string encode(const Struct& value) {
  Json json = Writer::to_json(value);
  json["v"] = kRowVersion;
  return json.dump(-1, ' ', true);
}

template <typename Struct>
Result<Struct> decode(std::string_view row, std::string_view what) {
  const auto refuse = [&](std::string_view why) {
    return fail(std::string(what) + " row refused: " + std::string(why));
  };
  if (row.size() > kMaxRowBytes) return refuse("too large");
  const Json json = Json::parse(row.begin(), row.end(), nullptr, false);
  if (!json.is_object()) return refuse("no JSON object");
  int version = 0;
  Reader{json}("v", version);
  if (version != kRowVersion) return refuse("unknown version");
  Struct value;
  if (!Reader::from_json(json, value)) return refuse("a field is malformed");
  return value;
}

}  // namespace

std::string encode_alert(const Alert& alert) {
  return encode(alert);
}
Result<Alert> decode_alert(std::string_view row) {
  auto alert = decode<Alert>(row, "alert");
  if (alert && alert->id.empty()) return fail("alert row refused: no id");
  return alert;
}

std::string encode_order(const Order& order) {
  return encode(order);
}
Result<Order> decode_order(std::string_view row) {
  auto order = decode<Order>(row, "order");
  if (order && !is_id(order->id)) return fail("order row refused: no id");
  if (order && (order->time_ns < 0 || order->since_ns < 0)) return fail("order row refused: no time");
  return order;
}

std::string encode_silence(const Silence& silence) {
  return encode(silence);
}
Result<Silence> decode_silence(std::string_view row) {
  auto silence = decode<Silence>(row, "silence");
  if (silence && !is_id(silence->id)) return fail("silence row refused: no id");
  if (!silence) return silence;
  if (const auto problem = silence->problem()) return fail("silence row refused: " + *problem);
  return silence;
}

std::string encode_incident(const Incident& incident) {
  return encode(incident);
}
Result<Incident> decode_incident(std::string_view row) {
  auto incident = decode<Incident>(row, "incident");
  if (incident && !is_id(incident->id)) return fail("incident row refused: no id");
  return incident;
}

std::string encode_mail(const OutboxMail& mail) {
  StoredMail stored{mail, {}};
  for (const Alert& alert : mail.note.alerts)
    stored.alert_ids.push_back(alert.id);
  return encode(stored);
}
Result<StoredMail> decode_mail(std::string_view row) {
  auto stored = decode<StoredMail>(row, "mail");
  if (stored && (!is_id(stored->mail.id) || !is_id(stored->mail.note.incident)))
    return fail("mail row refused: no id");
  return stored;
}

std::string encode_blind_host(const BlindHost& host) {
  return encode(host);
}
Result<BlindHost> decode_blind_host(std::string_view row) {
  return decode<BlindHost>(row, "host");
}

std::string encode_dead_letter(const DeadLetter& letter) {
  return encode(letter);
}
Result<DeadLetter> decode_dead_letter(std::string_view row) {
  return decode<DeadLetter>(row, "dead letter");
}

}  // namespace da
