#include "analyzer/intake/sequence_check.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace da {
namespace {

// Headers are the collector's word, and a compromised one may send any number.
std::uint64_t add_bounded(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max()
                                                           : a + b;
}
std::uint64_t less_bounded(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}

bool take_number(std::string_view& text, std::uint64_t& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  return true;
}

}  // namespace

SequenceVerdict SequenceCheck::judge(const BatchHeader& header, std::size_t records) {
  using Kind = SequenceVerdict::Kind;
  const auto known = states_.find(header.host);
  SequenceVerdict verdict;
  if (known == states_.end() || known->second.epoch != header.epoch) {
    // Sequence numbers of a run begin at 1 and records at 0: what is missing of it is known at once.
    verdict = {Kind::new_epoch, less_bounded(header.sequence, 1), header.records_before};
  } else {
    const State& state = known->second;
    if (header.sequence < state.next_sequence) return {Kind::duplicate, 0, 0};
    verdict.batches_lost = header.sequence - state.next_sequence;
    verdict.records_lost = less_bounded(header.records_before, state.records);
    if (verdict.batches_lost != 0 || header.records_before != state.records) verdict.kind = Kind::gap;
  }
  remember(header.host,
           {header.epoch, add_bounded(header.sequence, 1), add_bounded(header.records_before, records), 0});
  return verdict;
}

void SequenceCheck::remember(const std::string& host, State state) {
  state.used = ++tick_;
  states_.insert_or_assign(host, state);
  changes_.insert_or_assign(host,
                            fmt::format("{} {} {}", to_raw(state.epoch), state.next_sequence, state.records));
  if (states_.size() > capacity_) forget_longest_silent();
}

void SequenceCheck::forget_longest_silent() {
  const auto oldest = std::min_element(states_.begin(), states_.end(), [](const auto& a, const auto& b) {
    return a.second.used < b.second.used;
  });
  changes_.insert_or_assign(oldest->first, std::nullopt);
  states_.erase(oldest);
}

bool SequenceCheck::restore(const std::string& host, std::string_view text) {
  std::uint64_t epoch = 0;
  State state;
  if (!take_number(text, epoch) || !take_number(text, state.next_sequence) ||
      !take_number(text, state.records) || !text.empty()) {
    return false;
  }
  state.epoch = Epoch{epoch};
  if (states_.size() >= capacity_) return true;  // as good as forgotten
  states_.insert_or_assign(host, state);
  return true;
}

SequenceCheck::Changes SequenceCheck::take_changes() {
  return std::exchange(changes_, {});
}

}  // namespace da
