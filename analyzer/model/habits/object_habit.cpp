#include "analyzer/model/habits/object_habit.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "analyzer/model/habits/path_object.h"
#include "analyzer/model/words.h"

namespace da {
namespace {

/// How many names of a trail say enough for an overview.
constexpr std::size_t kNamesInWords = 3;

using Heard = std::pair<std::string, std::uint64_t>;

/// Good's estimate in words: as many in the next such time as were first seen, and once only, in this one.
std::string would_tell(std::uint64_t count, std::int64_t time_ns) {
  constexpr double kDayNs = 86'400e9;
  if (time_ns <= 0) return {};
  const double rate = static_cast<double>(count) * kDayNs / static_cast<double>(time_ns);
  return ": would have told about " + grouped(static_cast<std::uint64_t>(std::max(1.0, rate + 0.5))) +
         " a day";
}

/// Nodes whose trails end there; for an overview those that are deep enough, too, with all that lies below.
void collect(const PrefixTree::Node& node, Trail& trail, char separator, bool each,
             std::vector<Heard>& heard) {
  for (const PrefixTree::Node& child : node.children) {
    if (!trail.push(child.name)) continue;
    const bool ends = child.seen.count > 0 || (!each && trail.size() == kNamesInWords);
    if (ends)
      heard.emplace_back(object_words(trail, separator), each ? child.seen.count : child.total().count);
    if (each || !ends) collect(child, trail, separator, each, heard);
    trail.pop();
  }
}

}  // namespace

ObjectHabit::ObjectHabit(const Rule& rule, const HabitOptions& options) noexcept
    : rule_(rule), options_(options), tree_(rule.limits) {}

void ObjectHabit::merge(const ObjectHabit& other) {
  tree_.merge(other.tree_);
}

Settling ObjectHabit::settling(const ObservedTime& time, std::chrono::nanoseconds wanted) const {
  const std::int64_t total_ns = time.total_ns();
  const std::int64_t recent_ns = options_.recent.count();
  const std::int64_t since_ns = std::max<std::int64_t>(0, time.latest_ns() - recent_ns);
  const std::uint64_t observed = observations();
  std::string missing;
  if (total_ns < wanted.count())
    append_clause(missing, "needs " + duration_words(wanted - std::chrono::nanoseconds(total_ns)) + " more");
  if (observed < rule_.least) append_clause(missing, "needs " + grouped(rule_.least - observed) + " more");
  // A clock that leapt ahead, or a program that hardly ran, has shown nothing lately.
  const std::int64_t seen_lately = time.total_since(since_ns);
  if (seen_lately < recent_ns / 2)
    append_clause(missing, "seen for " + duration_words(std::chrono::nanoseconds(seen_lately)) + " lately");
  Surprises surprises;
  Trail trail;
  find_surprises(tree_.root(), trail, since_ns, surprises);
  if (surprises.count > 0) {
    append_clause(missing, grouped(surprises.count) + " seen once, in the last " +
                               duration_words(options_.recent) + " (" + surprises.one + ")" +
                               would_tell(surprises.count, seen_lately));
  }
  if (missing.empty()) return {true, {}};
  return {false, std::string(rule_.objects) + ": " + missing};
}

/// Objects first seen since then and once only, such as would have been told.
void ObjectHabit::find_surprises(const PrefixTree::Node& node, Trail& trail, std::int64_t since_ns,
                                 Surprises& found) const {
  for (const PrefixTree::Node& child : node.children) {
    if (!trail.push(child.name)) continue;
    if (child.seen.count == 1 && child.seen.first_ns > since_ns && !rule_.familiar(tree_, trail, &child)) {
      if (found.count++ == 0) found.one = object_words(trail, rule_.separator);
    }
    find_surprises(child, trail, since_ns, found);
    trail.pop();
  }
}

std::string ObjectHabit::seen_words(std::size_t most) const {
  const auto heard = seen(SIZE_MAX, false);
  if (heard.empty()) return "nothing";
  std::string words;
  for (std::size_t i = 0; i < std::min(most, heard.size()); ++i) {
    if (i > 0) words += ", ";
    words += heard[i].first;
  }
  if (heard.size() > most) words += " and " + grouped(heard.size() - most) + " more";
  return words;
}

std::vector<Heard> ObjectHabit::seen(std::size_t most, bool each) const {
  std::vector<Heard> heard;
  Trail trail;
  collect(tree_.root(), trail, rule_.separator, each, heard);
  std::stable_sort(heard.begin(), heard.end(),
                   [](const Heard& a, const Heard& b) { return a.second > b.second; });
  if (heard.size() > most) heard.resize(most);
  return heard;
}

ObjectHabit ObjectHabit::successor() const {
  ObjectHabit begun = *this;
  if (tree_.size() > tree_.limits().nodes / 2)
    begun.take_away([](const Seen& seen) { return seen.count == 1; });
  begun.tree_.grow_old();
  return begun;
}

void ObjectHabit::restore(PrefixTree tree) {
  tree_ = std::move(tree);
}

std::string object_words(const Trail& trail, char separator) {
  if (separator != '/') return words_of(trail, separator);
  if (trail.empty()) return "/";
  if (trail[0] == kServing && trail.size() > 1) {
    const std::string path = '/' + words_of(trail, '/').substr(kServing.size() + 1);
    return path + " (while serving)";
  }
  const std::string_view first = trail[0];
  const bool relative = first == "." || first == ".." || first == "(fd)" || first == "(long)";
  return (relative ? "" : "/") + words_of(trail, '/');
}

}  // namespace da
