#include "analyzer/operate/profile_diff.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analyzer/model/words.h"
#include "analyzer/notify/safe_text.h"
#include "analyzer/operate/habits_report.h"
#include "proto/syscalls/table.h"

namespace da {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kListed = 20;

std::string names_of(Ngram ngram) {
  std::string names;
  for (std::size_t age = length_of(ngram); age-- > 0;)
    names += (names.empty() ? "" : " ") + call_name(call_of(symbol_at(ngram, age)));
  return names;
}

/// N-grams of one length that `counter` has and `other` has not, the most common first.
std::vector<Ngram> only_in(const NgramCounter& counter, const NgramCounter& other, std::size_t length) {
  std::vector<std::pair<std::uint32_t, Ngram>> found;
  counter.for_each([&](const NgramCounter::Entry& entry) {
    if (length_of(entry.ngram()) == length && !other.knows(entry.ngram()))
      found.emplace_back(entry.count, entry.ngram());
  });
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::tie(b.first, a.second) < std::tie(a.first, b.second);
  });
  std::vector<Ngram> ngrams;
  for (const auto& [count, ngram] : found)
    ngrams.push_back(ngram);
  return ngrams;
}

std::vector<std::string> listed(const std::vector<Ngram>& ngrams, std::size_t most) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(most, ngrams.size()); ++i)
    names.push_back(names_of(ngrams[i]));
  return names;
}

ProfileDiff diff_profiles(const ProgramKey& key, const Profile& left, const Profile& right) {
  ProfileDiff diff;
  diff.program = key;
  diff.left_state = to_string(left.life().state());
  diff.right_state = to_string(right.life().state());
  diff.calls = {listed(only_in(left.counter(), right.counter(), 1), SIZE_MAX),
                listed(only_in(right.counter(), left.counter(), 1), SIZE_MAX)};
  const std::size_t order = std::min(left.counter().order(), right.counter().order());
  const auto only_left = only_in(left.counter(), right.counter(), order);
  const auto only_right = only_in(right.counter(), left.counter(), order);
  diff.sequences = {listed(only_left, kListed), listed(only_right, kListed)};
  diff.left_sequences = only_left.size();
  diff.right_sequences = only_right.size();
  return diff;
}

void add_lines(std::string& text, const char* sign, const std::vector<std::string>& lines, const char* what) {
  for (const std::string& line : lines)
    text += fmt::format("{} {}{}\n", sign, what, plain_text(line));
}

/// Printable already.
void add_habits(std::string& text, const char* sign, const std::vector<std::string>& objects) {
  for (const std::string& object : objects)
    text += fmt::format("{} {}\n", sign, object);
}

std::vector<std::string> start_lines(const std::vector<std::pair<std::string, std::string>>& starts) {
  std::vector<std::string> lines;
  for (const auto& [parent, child] : starts)
    lines.push_back(parent + " -> " + child);
  return lines;
}

Json safe_list(const std::vector<std::string>& lines) {
  Json list = Json::array();
  for (const std::string& line : lines)
    list.push_back(plain_text(line));
  return list;
}

Json both(const OnlyIn<std::string>& only) {
  return {{"left", safe_list(only.left)}, {"right", safe_list(only.right)}};
}

}  // namespace

ModelDiff diff_models(const Image& left, const Image& right, const ProgramKey& only) {
  ModelDiff diff;
  const bool all = only.executable.empty();
  const auto compare_programs = [&](const Image& one, const Image& other, std::vector<std::string>& missing) {
    for (const auto& [key, program] : one.programs()) {
      if ((all || key == only) && !other.programs().contains(key)) missing.push_back(key.executable);
    }
  };
  compare_programs(left, right, diff.programs.left);
  compare_programs(right, left, diff.programs.right);
  if (all) {
    for (const auto& [start, time] : left.starts()) {
      if (!right.starts().contains(start)) diff.starts.left.push_back(start);
    }
    for (const auto& [start, time] : right.starts()) {
      if (!left.starts().contains(start)) diff.starts.right.push_back(start);
    }
  }
  for (const auto& [key, program] : left.programs()) {
    const auto other = right.programs().find(key);
    if ((!all && key != only) || other == right.programs().end()) continue;
    if (!program.profile || !other->second.profile) continue;
    auto profiles = diff_profiles(key, *program.profile, *other->second.profile);
    if (program.habits && other->second.habits) {
      profiles.habits = {objects_only_in(program.habits->habits(), other->second.habits->habits()),
                         objects_only_in(other->second.habits->habits(), program.habits->habits())};
    }
    if (!profiles.empty()) diff.profiles.push_back(std::move(profiles));
  }
  return diff;
}

std::string diff_text(const ModelDiff& diff) {
  if (diff.empty()) return "no difference\n";
  std::string text;
  add_lines(text, "-", diff.programs.left, "program ");
  add_lines(text, "+", diff.programs.right, "program ");
  add_lines(text, "-", start_lines(diff.starts.left), "start ");
  add_lines(text, "+", start_lines(diff.starts.right), "start ");
  for (const ProfileDiff& profile : diff.profiles) {
    text +=
        fmt::format("{} ({}):\n", plain_text(profile.program.executable), arch_name(profile.program.arch));
    if (profile.left_state != profile.right_state)
      text += fmt::format("- state {}\n+ state {}\n", profile.left_state, profile.right_state);
    add_lines(text, "-", profile.calls.left, "call ");
    add_lines(text, "+", profile.calls.right, "call ");
    add_habits(text, "-", profile.habits.left);
    add_habits(text, "+", profile.habits.right);
    add_lines(text, "-", profile.sequences.left, "");
    if (profile.left_sequences > profile.sequences.left.size())
      text += fmt::format("- ... {} in all\n", counted(profile.left_sequences, "sequence"));
    add_lines(text, "+", profile.sequences.right, "");
    if (profile.right_sequences > profile.sequences.right.size())
      text += fmt::format("+ ... {} in all\n", counted(profile.right_sequences, "sequence"));
  }
  return text;
}

std::string diff_json(const ModelDiff& diff) {
  Json json;
  json["programs"] = both(diff.programs);
  json["starts"] = both({start_lines(diff.starts.left), start_lines(diff.starts.right)});
  json["profiles"] = Json::array();
  for (const ProfileDiff& profile : diff.profiles) {
    json["profiles"].push_back(
        {{"executable", plain_text(profile.program.executable)},
         {"arch", arch_name(profile.program.arch)},
         {"state", {{"left", profile.left_state}, {"right", profile.right_state}}},
         {"calls", both(profile.calls)},
         {"habits", {{"left", profile.habits.left}, {"right", profile.habits.right}}},
         {"sequences", both(profile.sequences)},
         {"sequence_count", {{"left", profile.left_sequences}, {"right", profile.right_sequences}}}});
  }
  return json.dump(2, ' ', true) + '\n';
}

}  // namespace da
