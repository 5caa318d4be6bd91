#include "analyzer/model/habits/object_habit.h"

#include <algorithm>
#include <utility>

#include "analyzer/model/words.h"

namespace da {
namespace {

/// How many names of a trail say enough for an overview.
constexpr std::size_t kNamesInWords = 3;

struct Heard {
  std::uint64_t count = 0;
  std::string words;
};

/// Nodes whose trails end there, or that are deep enough, with all that lies below them.
void collect(const PrefixTree::Node& node, Trail& trail, char separator, std::vector<Heard>& heard) {
  for (const PrefixTree::Node& child : node.children) {
    if (!trail.push(child.name)) continue;
    if (child.seen.count > 0 || trail.size() == kNamesInWords) {
      heard.push_back({child.total().count, object_words(trail, separator)});
    } else {
      collect(child, trail, separator, heard);
    }
    trail.pop();
  }
}

}  // namespace

ObjectHabit::ObjectHabit(const Rule& rule, const HabitOptions& options) noexcept
    : rule_(rule), options_(options), tree_(rule.limits), recent_(options.recent) {}

void ObjectHabit::learn(const Trail& trail, std::int64_t time_ns) {
  tree_.add(trail, {1, ObservedTime::in_range(time_ns)});
  recent_.count(time_ns);
}

void ObjectHabit::merge(const ObjectHabit& other) {
  tree_.merge(other.tree_);
  recent_.merge(other.recent_);
}

Settling ObjectHabit::settling(const ObservedTime& time) const {
  const std::int64_t total_ns = time.total_ns();
  const std::int64_t recent_ns = options_.recent.count();
  const std::int64_t since_ns = time.latest_ns() - recent_ns;
  const std::uint64_t observed = observations();
  std::string missing;
  if (total_ns < options_.min_time.count())
    append_clause(
        missing, "needs " + duration_words(options_.min_time - std::chrono::nanoseconds(total_ns)) + " more");
  if (observed < rule_.least) append_clause(missing, "needs " + grouped(rule_.least - observed) + " more");
  // A clock that leapt ahead, or a program that hardly ran, has shown nothing lately.
  const std::int64_t seen_lately = time.total_since(since_ns);
  if (seen_lately < recent_ns / 2)
    append_clause(missing, "seen for " + duration_words(std::chrono::nanoseconds(seen_lately)) + " lately");
  const std::uint64_t surprises = recent_surprises(since_ns);
  if (surprises > 0) {
    const std::uint64_t recent = std::max(recent_.total(), surprises);
    const double share = static_cast<double>(surprises) / static_cast<double>(recent);
    if (share > options_.unseen_share) {
      append_clause(missing, grouped(surprises) + " of the last " + grouped(recent) +
                                 " seen for the first time, " + percent(share) + ", bound " +
                                 percent(options_.unseen_share));
    }
  }
  if (missing.empty()) return {true, {}};
  return {false, std::string(rule_.objects) + ": " + missing};
}

/// Objects first seen since then and once only, such as would have been told.
std::uint64_t ObjectHabit::recent_surprises(std::int64_t since_ns) const {
  std::uint64_t found = 0;
  Trail trail;
  find_surprises(tree_.root(), trail, since_ns, found);
  return found;
}

void ObjectHabit::find_surprises(const PrefixTree::Node& node, Trail& trail, std::int64_t since_ns,
                                 std::uint64_t& found) const {
  for (const PrefixTree::Node& child : node.children) {
    if (!trail.push(child.name)) continue;
    if (child.seen.count == 1 && child.seen.first_ns > since_ns && !rule_.familiar(tree_, trail, &child))
      ++found;
    find_surprises(child, trail, since_ns, found);
    trail.pop();
  }
}

std::string ObjectHabit::seen_words(std::size_t most) const {
  std::vector<Heard> heard;
  Trail trail;
  collect(tree_.root(), trail, rule_.separator, heard);
  std::stable_sort(heard.begin(), heard.end(),
                   [](const Heard& a, const Heard& b) { return a.count > b.count; });
  if (heard.empty()) return "nothing";
  std::string words;
  for (std::size_t i = 0; i < std::min(most, heard.size()); ++i) {
    if (i > 0) words += ", ";
    words += heard[i].words;
  }
  if (heard.size() > most) words += " and " + grouped(heard.size() - most) + " more";
  return words;
}

void ObjectHabit::restore(PrefixTree tree, const RecentCount& recent) {
  tree_ = std::move(tree);
  recent_ = recent;
}

std::string object_words(const Trail& trail, char separator) {
  if (separator != '/') return words_of(trail, separator);
  if (trail.empty()) return "/";
  const std::string_view first = trail[0];
  const bool relative = first == "." || first == ".." || first == "(fd)" || first == "(long)";
  return (relative ? "" : "/") + words_of(trail, '/');
}

}  // namespace da
