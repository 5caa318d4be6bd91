#include "analyzer/model/compiled_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace da {
namespace {

struct Counted {
  Ngram ngram = kEmptyNgram;
  std::uint32_t count = 0;
  double probability = 0.0;  ///< of its newest symbol after the others
  std::uint32_t next = 0;
};

/// A context and what was seen after it: entries [first, last) of the n-grams that are one call longer.
struct Group {
  Ngram context = kEmptyNgram;
  std::size_t first = 0;
  std::size_t last = 0;
  double total = 0.0;
  std::uint32_t state = 0;
  double escape = 1.0;

  [[nodiscard]] double distinct() const noexcept { return static_cast<double>(last - first); }
};

/// By length; n-grams of one length in ascending order, so that those of one context are neighbours.
using ByLength = std::array<std::vector<Counted>, kMaxOrder + 1>;
using Groups = std::array<std::vector<Group>, kMaxOrder + 1>;

ByLength sorted_ngrams(const NgramCounter& counter, const SymbolTable& symbols) {
  ByLength ngrams;
  const bool all_known = symbols.size() == counter.symbols().size();
  counter.for_each([&](const NgramCounter::Entry& entry) {
    const Ngram ngram = entry.ngram();
    if (!all_known) {
      for (Ngram rest = ngram; rest != kEmptyNgram; rest = context_of(rest))
        if (!symbols.knows(newest(rest))) return;
    }
    ngrams[length_of(ngram)].push_back({ngram, entry.count});
  });
  for (auto& of_length : ngrams)
    std::sort(of_length.begin(), of_length.end(),
              [](const Counted& a, const Counted& b) { return a.ngram < b.ngram; });
  return ngrams;
}

Groups group_by_context(const ByLength& ngrams) {
  Groups groups;
  for (std::size_t length = 0; length < kMaxOrder; ++length) {
    const auto& longer = ngrams[length + 1];
    for (std::size_t i = 0; i < longer.size(); ++i) {
      const Ngram context = context_of(longer[i].ngram);
      if (groups[length].empty() || groups[length].back().context != context)
        groups[length].push_back({context, i, i});
      Group& group = groups[length].back();
      group.last = i + 1;
      group.total += longer[i].count;
    }
  }
  return groups;
}

/// The least count, not below `least`, with which contexts longer than `exact` have at most `room` arcs.
std::uint32_t bounded_count(const Groups& groups, std::size_t exact, std::size_t room, std::uint32_t least) {
  for (std::uint32_t count = least;; count = count < 2 ? 2 : count + count / 2) {
    std::size_t arcs = 0;
    for (std::size_t length = exact + 1; length < kMaxOrder; ++length) {
      for (const Group& group : groups[length])
        if (group.total >= count) arcs += group.last - group.first;
    }
    if (arcs <= room || count > std::numeric_limits<std::uint32_t>::max() / 2) return count;
  }
}

const Group* find_group(const std::vector<Group>& groups, Ngram context) {
  const auto found =
      std::lower_bound(groups.begin(), groups.end(), context,
                       [](const Group& group, Ngram sought) { return group.context < sought; });
  return found != groups.end() && found->context == context ? &*found : nullptr;
}

/// What follows a context that is kept, by way of its shorter ones.
class Lookup {
 public:
  Lookup(const ByLength& ngrams, const Groups& groups, double symbols)
      : ngrams_(ngrams), groups_(groups), unknown_(1.0 / (symbols + 1.0)) {}

  [[nodiscard]] double probability(Ngram context, Symbol symbol) const {
    double escape = 1.0;
    for (std::size_t length = length_of(context);; --length) {
      const Ngram h = suffix(context, length);
      if (const Group* group = find_group(groups_[length], h)) {
        if (const Counted* arc = find_arc(*group, length, append(h, symbol)))
          return escape * arc->probability;
        escape *= group->escape;
      }
      if (length == 0) return escape * unknown_;
    }
  }
  /// The longest kept context that `group`'s ends with and that a call follows which none does here. Null for
  /// the empty context, and if there is none.
  [[nodiscard]] const Group* knowing_more(const Group& group) const {
    const std::size_t arcs = group.last - group.first;
    for (std::size_t length = length_of(group.context); length-- > 0;) {
      const Group* shorter = find_group(groups_[length], suffix(group.context, length));
      if (shorter == nullptr) continue;
      // A counter that ran full may lack n-grams of the shorter context: then it is not skipped.
      if (length == 0 || shorter->last - shorter->first != arcs || !has_all_of(*shorter, length, group))
        return shorter;
    }
    return nullptr;
  }
  /// Of all contexts from `group` on, before `shorter`.
  [[nodiscard]] double escape(const Group& group, const Group* shorter) const {
    double product = group.escape;
    for (std::size_t length = length_of(group.context); length-- > 0;) {
      const Group* between = find_group(groups_[length], suffix(group.context, length));
      if (between == shorter) break;
      if (between != nullptr) product *= between->escape;
    }
    return product;
  }
  /// The longest kept context that `history` ends with.
  [[nodiscard]] std::uint32_t state(Ngram history, std::size_t longest) const {
    for (std::size_t length = std::min(longest, length_of(history)); length > 0; --length) {
      if (const Group* group = find_group(groups_[length], suffix(history, length))) return group->state;
    }
    return 0;
  }

 private:
  /// Whether all that follows `longer` follows `shorter`, a context of `length`.
  [[nodiscard]] bool has_all_of(const Group& shorter, std::size_t length, const Group& longer) const {
    const auto& arcs = ngrams_[length_of(longer.context) + 1];
    for (std::size_t i = longer.first; i < longer.last; ++i) {
      if (find_arc(shorter, length, append(shorter.context, newest(arcs[i].ngram))) == nullptr) return false;
    }
    return true;
  }
  [[nodiscard]] const Counted* find_arc(const Group& group, std::size_t length, Ngram ngram) const {
    const auto& longer = ngrams_[length + 1];
    const auto first = longer.begin() + static_cast<std::ptrdiff_t>(group.first);
    const auto last = longer.begin() + static_cast<std::ptrdiff_t>(group.last);
    const auto found = std::lower_bound(
        first, last, ngram, [](const Counted& counted, Ngram sought) { return counted.ngram < sought; });
    return found != last && found->ngram == ngram ? &*found : nullptr;
  }

  const ByLength& ngrams_;
  const Groups& groups_;
  double unknown_;
};

/// Contexts of up to this length are kept whatever their count: those of trigrams.
constexpr std::size_t kExactContext = 2;

std::uint32_t cost(double probability) {
  return static_cast<std::uint32_t>(std::lround(-std::log2(probability) * kUnitsPerBit));
}

/// 256 bits are beyond any count.
std::uint16_t narrow(std::uint32_t units) {
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(units, 0xffff));
}

}  // namespace

CompiledModel::CompiledModel(const NgramCounter& counter, const CompileOptions& options) : symbols_(counter) {
  ByLength ngrams = sorted_ngrams(counter, symbols_);
  Groups groups = group_by_context(ngrams);

  // Which contexts are kept. `exact` is lowered only if the short contexts alone are too many.
  const std::size_t max_arcs = std::min(options.max_arcs, std::size_t{1} << kStateBits);
  std::size_t exact = kExactContext;
  std::size_t used = 0;
  for (std::size_t length = 0; length <= exact; ++length) {
    if (length > 0 && used + ngrams[length + 1].size() > max_arcs) exact = length - 1;
    if (length <= exact) used += ngrams[length + 1].size();
  }
  min_count_ = bounded_count(groups, exact, max_arcs - std::min(max_arcs, used), options.min_count);
  for (std::size_t length = exact + 1; length < kMaxOrder; ++length) {
    std::erase_if(groups[length], [&](const Group& group) {
      return group.total < min_count_ ||
             find_group(groups[length - 1], suffix(group.context, length - 1)) == nullptr;
    });
  }

  // States, shortest contexts first: the empty one is state 0.
  contexts_.clear();
  for (std::size_t length = 0; length < kMaxOrder; ++length) {
    for (Group& group : groups[length]) {
      group.state = static_cast<State>(contexts_.size());
      contexts_.emplace_back();
    }
  }
  if (contexts_.empty()) contexts_.resize(1);

  const auto known = static_cast<double>(counter.symbols().size());
  const Lookup lookup(ngrams, groups, known);
  for (std::size_t length = 0; length < kMaxOrder; ++length) {
    for (Group& group : groups[length]) {
      const double distinct = group.distinct();
      group.escape = distinct / (group.total + distinct);
      for (std::size_t i = group.first; i < group.last; ++i) {
        Counted& arc = ngrams[length + 1][i];
        const double shorter = length == 0
                                   ? 1.0 / (known + 1.0)
                                   : lookup.probability(suffix(group.context, length - 1), newest(arc.ngram));
        arc.probability = (arc.count + distinct * shorter) / (group.total + distinct);
        arc.next = lookup.state(arc.ngram, kMaxOrder - 1);
      }
      arcs_ += group.last - group.first;
    }
  }

  places_ = 2 * (arcs_ - std::min(arcs_, contexts_.size()));
  table_.assign(places_ + 1, Arc{});
  for (std::size_t length = 0; length < kMaxOrder; ++length) {
    for (const Group& group : groups[length]) {
      Context& context = contexts_[group.state];
      const Group* shorter = lookup.knowing_more(group);
      context.shorter = (shorter != nullptr ? shorter->state : start()) & kStateMask;
      context.escape = narrow(cost(lookup.escape(group, shorter)));
      context.has_more = group.last - group.first > 1 ? 1U : 0U;
      const auto first = ngrams[length + 1].begin() + static_cast<std::ptrdiff_t>(group.first);
      const auto last = ngrams[length + 1].begin() + static_cast<std::ptrdiff_t>(group.last);
      const auto likeliest =
          std::max_element(first, last, [](const Counted& a, const Counted& b) { return a.count < b.count; });
      for (auto arc = first; arc != last; ++arc) {
        Trigram trigram = Trigram::unseen;
        if (length >= kExactContext)
          trigram = counter.count(suffix(arc->ngram, 3)) < options.min_count ? Trigram::rare : Trigram::known;
        const std::uint32_t next = arc->next | static_cast<std::uint32_t>(length + 1) << kStateBits |
                                   static_cast<std::uint32_t>(trigram) << (kStateBits + kMatchedBits);
        const DenseId id = symbols_.id(newest(arc->ngram));
        if (arc == likeliest) {
          context.symbol = id & kUnknownId;
          context.next = next;
          context.cost = narrow(cost(arc->probability));
        } else {
          insert({key_of(group.state, id), next, cost(arc->probability)});
        }
      }
    }
  }
  // What the empty context does not know is one of its unseen calls, or equally likely without any.
  contexts_[start()].escape =
      narrow(cost(1.0 / (known + 1.0) * (groups[0].empty() ? 1.0 : groups[0].front().escape)));
  table_.shrink_to_fit();
  contexts_.shrink_to_fit();
}

void CompiledModel::insert(const Arc& arc) {
  std::size_t at = place_of(arc.key);
  while (table_[at].key != kNoKey)
    ++at;
  if (at + 1 == table_.size()) table_.emplace_back();  // the last place stays free
  table_[at] = arc;
}

}  // namespace da
