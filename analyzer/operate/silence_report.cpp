#include "analyzer/operate/silence_report.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analyzer/notify/mail_view.h"
#include "analyzer/notify/safe_text.h"

namespace da {
namespace {

using Json = nlohmann::ordered_json;

std::string time_words(Moment moment) {
  return utc_time(moment.time_since_epoch().count() * 1'000'000);
}

Json row(const Silence& silence, Moment now) {
  Json json;
  json["id"] = plain_text(silence.id);
  json["state"] = silence_state(silence, now);
  for (const auto& [key, pattern] :
       {std::pair{"image", &silence.image}, std::pair{"container", &silence.container},
        std::pair{"executable", &silence.executable}}) {
    if (!pattern->empty()) json[key] = plain_text(*pattern);
  }
  json["created"] = time_words(silence.created);
  json["ends"] = time_words(silence.ends);
  json["author"] = plain_text(silence.author);
  json["comment"] = plain_text(silence.comment);
  if (!silence.removed_by.empty()) json["removed_by"] = plain_text(silence.removed_by);
  return json;
}

std::string dump(const Json& json) {
  return json.dump(2, ' ', true) + '\n';
}

}  // namespace

const char* silence_state(const Silence& silence, Moment now) {
  if (silence.in_force(now)) return "active";
  return silence.removed_by.empty() ? "ended" : "removed";
}

std::string silence_words(const Silence& silence) {
  std::string words;
  for (const auto& [name, pattern] :
       {std::pair{"image", &silence.image}, std::pair{"container", &silence.container},
        std::pair{"executable", &silence.executable}}) {
    if (!pattern->empty())
      words += fmt::format("{}{} {}", words.empty() ? "" : ", ", name, plain_text(*pattern));
  }
  return words;
}

std::string silences_text(const std::vector<Silence>& silences, Moment now) {
  if (silences.empty()) return "no silences\n";
  std::string text;
  for (const Silence& silence : silences) {
    text += fmt::format("{}  {:<7}  until {}  {}  by {}{}{}\n", plain_text(silence.id),
                        silence_state(silence, now), time_words(silence.ends).substr(0, 19),
                        silence_words(silence), plain_text(silence.author),
                        silence.removed_by.empty() ? "" : ", removed by " + plain_text(silence.removed_by),
                        silence.comment.empty() ? "" : ": " + plain_text(silence.comment));
  }
  return text;
}

std::string silences_json(const std::vector<Silence>& silences, Moment now) {
  Json list = Json::array();
  for (const Silence& silence : silences)
    list.push_back(row(silence, now));
  return dump(list);
}

std::string silence_json(const Silence& silence, Moment now) {
  return dump(row(silence, now));
}

}  // namespace da
