#include "analyzer/operate/profile_report.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "analyzer/detect/blob_id.h"
#include "analyzer/model/habits/habit_object.h"
#include "analyzer/model/words.h"
#include "analyzer/notify/mail_view.h"
#include "analyzer/notify/safe_text.h"
#include "analyzer/operate/habits_report.h"
#include "proto/syscalls/table.h"

namespace da {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kText = 300;
constexpr std::size_t kSequences = 10;
constexpr std::size_t kOrders = 20;
constexpr std::string_view kTextIndent = "              ";

std::string safe(std::string_view raw) {
  return plain_text(raw, kText);
}

std::string dump(const Json& json) {
  return json.dump(2, ' ', true) + '\n';
}

struct Sequence {
  std::vector<std::string> calls;  ///< the oldest first
  std::uint64_t count = 0;
  double share = 0.0;  ///< of all n-grams of its length
};

/// The most common n-grams of one length.
std::vector<Sequence> most_common(const NgramCounter& counter, std::size_t length, std::size_t most) {
  std::vector<std::pair<Ngram, std::uint64_t>> entries;
  counter.for_each([&](const NgramCounter::Entry& entry) {
    if (length_of(entry.ngram()) == length) entries.emplace_back(entry.ngram(), entry.count);
  });
  const auto end = entries.begin() + static_cast<std::ptrdiff_t>(std::min(most, entries.size()));
  std::partial_sort(entries.begin(), end, entries.end(), [](const auto& a, const auto& b) {
    return std::tie(b.second, a.first) < std::tie(a.second, b.first);
  });
  std::vector<Sequence> sequences;
  for (auto entry = entries.begin(); entry != end; ++entry) {
    Sequence& sequence = sequences.emplace_back();
    for (std::size_t age = length; age-- > 0;)
      sequence.calls.push_back(call_name(call_of(symbol_at(entry->first, age))));
    sequence.count = entry->second;
    sequence.share = static_cast<double>(entry->second) /
                     static_cast<double>(std::max<std::uint64_t>(1, counter.total(length)));
  }
  return sequences;
}

void add_fact(std::string& text, std::string_view label, std::string_view value) {
  text += fmt::format("  {:<10}  {}\n", label, value);
}

void add_sequences(std::string& text, const std::vector<Sequence>& sequences) {
  for (const Sequence& sequence : sequences)
    text += fmt::format("  {:>8}  {}\n", percent(sequence.share), fmt::join(sequence.calls, " "));
}

Json sequences_json(const std::vector<Sequence>& sequences) {
  Json list = Json::array();
  for (const Sequence& sequence : sequences)
    list.push_back({{"calls", sequence.calls}, {"count", sequence.count}, {"share", sequence.share}});
  return list;
}

/// The orders about one target, or about all of an image (no target), the latest first.
std::vector<const CarriedOut*> orders_about(const Decisions& decisions, const std::string& target) {
  std::vector<const CarriedOut*> orders;
  for (auto order = decisions.orders.rbegin(); order != decisions.orders.rend() && orders.size() < kOrders;
       ++order) {
    if (target.empty() || order->target == target) orders.push_back(&*order);
  }
  return orders;
}

void add_orders(std::string& text, const std::vector<const CarriedOut*>& orders) {
  if (orders.empty()) return;
  text += "\norders, the latest first:\n";
  for (const CarriedOut* order : orders) {
    text += fmt::format("  {}  {} {} by {}{}{}\n", utc_seconds(order->time_ns), safe(order->verb),
                        safe(order->target), safe(order->author),
                        order->comment.empty() ? "" : ": " + safe(order->comment),
                        order->refused.empty() ? "" : " (refused: " + safe(order->refused) + ")");
  }
}

Json orders_json(const std::vector<const CarriedOut*>& orders) {
  Json list = Json::array();
  for (const CarriedOut* order : orders) {
    list.push_back({{"order", safe(order->order)},
                    {"verb", safe(order->verb)},
                    {"target", safe(order->target)},
                    {"by", safe(order->author)},
                    {"time", utc_time(order->time_ns)},
                    {"comment", safe(order->comment)},
                    {"refused", safe(order->refused)}});
  }
  return list;
}

std::string decided_text(const ProgramDecisions* decided) {
  if (decided == nullptr) return "nothing by an operator";
  std::string text;
  if (decided->ruling == Ruling::accepted) append_clause(text, "the program was accepted");
  if (!decided->accepted.empty())
    append_clause(text, counted(decided->accepted.size(), "n-gram") + " accepted");
  if (!decided->accepted_footprints.empty())
    append_clause(text, counted(decided->accepted_footprints.size(), "thread") + " accepted as a whole");
  if (!decided->rejected.empty())
    append_clause(text, counted(decided->rejected.size(), "n-gram") + " rejected");
  if (!decided->accepted_objects.empty())
    append_clause(text, counted(decided->accepted_objects.size(), "habit") + " accepted");
  if (!decided->rejected_objects.empty())
    append_clause(text, counted(decided->rejected_objects.size(), "habit") + " rejected");
  if (decided->frozen) append_clause(text, "frozen");
  if (decided->generation > 0) append_clause(text, "begun anew " + counted(decided->generation, "time"));
  return text.empty() ? "nothing by an operator" : text;
}

Json summary(const ImageModels& models, const ProgramKey& key, const Profile& profile) {
  const LifeCycle& life = profile.life();
  const LearningEvidence& learned = life.learned();
  Json json;
  json["id"] = safe(profile_blob_id(profile.key()));
  json["image_id"] = safe(models.image.id());
  json["image"] = safe(models.image.name());
  json["executable"] = safe(key.executable);
  json["arch"] = arch_name(key.arch);
  json["state"] = to_string(life.state());
  json["frozen"] = life.frozen();
  json["generation"] = profile.generation();
  json["reason"] = profile.reason();
  json["learned"] = {{"calls", learned.calls},
                     {"episodes", learned.episodes},
                     {"starts", learned.starts},
                     {"gaps", learned.gaps},
                     {"lost", learned.lost},
                     {"seconds", static_cast<double>(learned.time.total_ns()) / 1e9},
                     {"unseen_mass", life.novelty().unseen_mass()}};
  json["ngrams"] = profile.counter().size();
  json["ngrams_refused"] = profile.counter().dropped();
  json["threshold"] = life.threshold();
  json["whole_threads"] = {{"observed_in_shadow", life.shadow().threads.observations()},
                           {"footprints", profile.footprints().size()}};
  for (std::size_t i = 0; i < kThreadKinds; ++i) {
    const auto kind = static_cast<ThreadKind>(i);
    Json about = {{"observed_in_shadow", life.shadow().threads.of(kind).observations()},
                  {"judged", life.thread_bounds().of(kind) != nullptr}};
    if (const Fitted* fitted = life.thread_bounds().of(kind)) {
      about["threshold"] = fitted->threshold;
      about["certified"] = fitted->certified;
      about["observations_missing"] = fitted->missing;
    }
    json["whole_threads"]["kinds"][std::string(to_string(kind))] = std::move(about);
  }
  return json;
}

Json summary(const ImageModels& models) {
  const Image& image = models.image;
  Json json;
  json["id"] = safe(image_blob_id(image.id()));
  json["image_id"] = safe(image.id());
  json["image"] = safe(image.name());
  json["state"] = image.armed() ? "armed" : "learning";
  json["frozen"] = models.decisions.frozen;
  json["generation"] = models.decisions.generation;
  json["reason"] = image.reason();
  json["unseen_seconds"] = image.unseen_ns() / 1'000'000'000;
  json["programs"] = image.programs().size();
  json["profiles"] = Json::array();
  for (const auto& [key, program] : image.programs()) {
    if (program.profile) json["profiles"].push_back(summary(models, key, *program.profile));
  }
  return json;
}

Json objects_json(const std::map<std::string, std::uint64_t>& objects) {
  Json list = Json::array();
  for (const auto& [object, amount] : objects) {
    const auto about = habit_object_from(object);
    if (about) list.push_back({{"feature", to_string(about->habit)}, {"object", safe(words_of(*about))}});
  }
  return list;
}

std::string when(const LearningEvidence& learned) {
  const auto& spans = learned.time.spans();
  if (spans.empty()) return "never";
  return utc_seconds(spans.front().begin) + " to " + utc_seconds(learned.time.latest_ns());
}

}  // namespace

std::string list_text(const ImageModels& models) {
  const Image& image = models.image;
  std::string text =
      fmt::format("{}  {}\n    {}\n", safe(image.name()), safe(image_blob_id(image.id())), image.reason());
  for (const auto& [key, program] : image.programs()) {
    if (!program.profile) {
      text += fmt::format("  {}  (no profile)\n", safe(key.executable));
      continue;
    }
    const Profile& profile = *program.profile;
    text += fmt::format("  {}  {}\n    {}\n", safe(key.executable), safe(profile_blob_id(profile.key())),
                        profile.reason());
  }
  return text;
}

std::string list_json(const std::vector<std::string>& images) {
  return images.empty() ? "[]\n" : fmt::format("[\n{}\n]\n", fmt::join(images, ",\n"));
}

std::string list_item_json(const ImageModels& models) {
  return summary(models).dump(2, ' ', true);
}

std::string profile_text(const ImageModels& models, const ProgramKey& key) {
  const Profile& profile = *models.image.programs().at(key).profile;
  const std::string id = profile_blob_id(profile.key());
  const NgramCounter& counter = profile.counter();
  const LearningEvidence& learned = profile.life().learned();
  std::string text = safe(id) + '\n';
  add_fact(text, "program",
           fmt::format("{} ({}) of image {}", safe(key.executable), arch_name(key.arch),
                       safe(models.image.name())));
  add_fact(text, "state", profile.reason());
  add_fact(text, "learned", profile.description());
  if (!models.image.began_from().empty())
    add_fact(text, "began", "from what image " + safe(models.image.began_from()) + " had taught");
  add_fact(text, "when", when(learned));
  add_fact(
      text, "unseen",
      percent(profile.life().novelty().unseen_mass()) + " of the next sequences, by what was new of late");
  std::string size = counted(counter.size(), "n-gram") + " of up to " + counted(counter.order(), "call");
  append_clause(size, counted(profile.footprints().size(), "footprint") + " of threads");
  if (counter.dropped() > 0) append_clause(size, grouped(counter.dropped()) + " n-grams found no room");
  add_fact(text, "size", size);
  add_fact(text, "decided", decided_text(models.decisions.find(key)));

  text += "\nwhole threads:\n";
  for (std::size_t i = 0; i < kThreadKinds; ++i) {
    const auto kind = static_cast<ThreadKind>(i);
    text += fmt::format("  {:<13}  {}\n", to_string(kind), profile.life().about(kind));
  }

  const auto& habits = models.image.programs().at(key).habits;
  text += "\nhabits:\n" + (habits ? habits_text(habits->habits()) : "  none yet\n");

  const auto calls = most_common(counter, 1, SIZE_MAX);
  text += fmt::format("\n{}:\n", counted(calls.size(), "system call"));
  std::string names;
  for (const Sequence& call : calls)
    names += fmt::format("{}{} {}", names.empty() ? "" : ", ", call.calls[0], percent(call.share));
  text += "  " + wrap(names, 90, "  ") + "\n\nmost common sequences:\n";
  add_sequences(text, most_common(counter, counter.order(), kSequences));
  add_orders(text, orders_about(models.decisions, id));
  return text;
}

std::string profile_json(const ImageModels& models, const ProgramKey& key) {
  const Profile& profile = *models.image.programs().at(key).profile;
  const LearningEvidence& learned = profile.life().learned();
  Json json = summary(models, key, profile);
  json["description"] = profile.description();
  if (!learned.time.spans().empty()) {
    json["learned"]["first"] = utc_time(learned.time.spans().front().begin);
    json["learned"]["last"] = utc_time(learned.time.latest_ns());
  }
  const ProgramDecisions* decided = models.decisions.find(key);
  json["accepted_ngrams"] = decided == nullptr ? 0 : decided->accepted.size();
  json["accepted_threads"] = decided == nullptr ? 0 : decided->accepted_footprints.size();
  json["rejected_ngrams"] = decided == nullptr ? 0 : decided->rejected.size();
  json["accepted_habits"] = decided == nullptr ? Json::array() : objects_json(decided->accepted_objects);
  json["rejected_habits"] = decided == nullptr ? Json::array() : objects_json(decided->rejected_objects);
  const auto& habits = models.image.programs().at(key).habits;
  json["habits"] = habits ? habits_json(habits->habits()) : Json::array();
  json["calls"] = Json::array();
  for (const Sequence& call : most_common(profile.counter(), 1, SIZE_MAX))
    json["calls"].push_back({{"call", call.calls[0]}, {"count", call.count}, {"share", call.share}});
  json["sequences"] = sequences_json(most_common(profile.counter(), profile.counter().order(), kSequences));
  json["orders"] = orders_json(orders_about(models.decisions, profile_blob_id(profile.key())));
  return dump(json);
}

std::string bundle_made(const Bundle& bundle, const std::string& file, std::size_t bytes,
                        const std::string& signed_by, bool json) {
  if (json) {
    Json made = {{"file", safe(file)},
                 {"image_id", safe(bundle.image)},
                 {"image", safe(bundle.name)},
                 {"models", bundle.models.size()},
                 {"bytes", bytes},
                 {"signed_by", nullptr}};
    if (!signed_by.empty()) made["signed_by"] = signed_by;
    return dump(made);
  }
  return fmt::format("{}: {} of image {}, {} bytes{}\n", safe(file), counted(bundle.models.size(), "model"),
                     safe(bundle.name), grouped(bytes),
                     signed_by.empty() ? "" : ", signed by key " + signed_by);
}

std::string image_text(const ImageModels& models) {
  const Image& image = models.image;
  std::string text = safe(image_blob_id(image.id())) + '\n';
  add_fact(text, "image", safe(image.name()));
  add_fact(text, "state", image.reason());
  text += "\nprograms:\n";
  for (const auto& [key, program] : image.programs()) {
    text += fmt::format("  {} ({})\n{}{}\n", safe(key.executable), arch_name(key.arch), kTextIndent,
                        program.profile ? program.profile->reason() : "no profile");
  }
  text += "\nwhich starts which:\n";
  for (const auto& [start, first_seen_ns] : image.starts())
    text += fmt::format("  {} -> {}\n", safe(start.first), safe(start.second));
  bool any = false;
  const auto add_ruling = [&](const std::string& what, Ruling ruling) {
    if (ruling == Ruling::none) return;
    if (!std::exchange(any, true)) text += "\ndecided by operators:\n";
    text += fmt::format("  {} {}\n", ruling == Ruling::accepted ? "accepted" : "rejected", what);
  };
  for (const auto& [key, decided] : models.decisions.programs)
    add_ruling(safe(key.executable), decided.ruling);
  for (const auto& [start, ruling] : models.decisions.starts)
    add_ruling(safe(start.first) + " -> " + safe(start.second), ruling);
  add_orders(text, orders_about(models.decisions, {}));
  return text;
}

std::string image_json(const ImageModels& models) {
  Json json = summary(models);
  json["began_from"] = safe(models.image.began_from());
  json["starts"] = Json::array();
  for (const auto& [start, first_seen_ns] : models.image.starts())
    json["starts"].push_back({{"parent", safe(start.first)}, {"child", safe(start.second)}});
  json["orders"] = orders_json(orders_about(models.decisions, {}));
  return dump(json);
}

}  // namespace da
