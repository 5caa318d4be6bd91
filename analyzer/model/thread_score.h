// A thread's calls as a model sees them, taken in one by one: 256 bytes a thread, and no allocation.
//
// A gap, an exec and a birth begin a new one: nothing spans a loss mark. The state is a number of one model:
// after a look at another model, or from a checkpoint, resume() with the thread's latest calls.
//
//   ThreadScore thread;
//   thread.push(model.sequences, symbol);
//   scale.score(thread.features(model.footprints), kCombinedWeights)
#pragma once

#include <algorithm>
#include <cstdint>

#include "analyzer/model/compiled_model.h"
#include "analyzer/model/features.h"
#include "analyzer/model/footprint_index.h"

namespace da {

class alignas(64) ThreadScore {
 public:
  /// Takes a call in and tells what the model says of it.
  CompiledModel::Step push(const CompiledModel& model, Symbol symbol) noexcept {
    const CompiledModel::Step step = model.step(state_, model.symbols().id(symbol));
    state_ = step.next;
    footprint_.add(previous_, symbol);
    previous_ = symbol;
    surprisal_ += step.surprisal;
    capped_ += std::min(step.surprisal, kCap);
    ++calls_;
    if (++since_start_ >= 3) {
      since_start_ = 3;
      ++trigrams_;
      unseen_ += step.trigram == Trigram::unseen ? 1U : 0U;
      rare_ += step.trigram != Trigram::known ? 1U : 0U;
    }
    return step;
  }

  /// The sequence begins anew (a loss mark), what was counted stays.
  void restart() noexcept {
    state_ = CompiledModel::start();
    previous_ = kNoSymbol;
    since_start_ = 0;
  }

  /// Goes on with another model, as if it had been this one before; what was counted stays.
  void resume(const CompiledModel& model, Ngram history) noexcept {
    state_ = model.state_after(history);
    previous_ = newest(history);
    since_start_ = static_cast<std::uint8_t>(std::min<std::size_t>(3, length_of(history)));
  }

  /// The same with no model.
  void continue_after(Ngram history) noexcept {
    restart();
    previous_ = newest(history);
  }
  /// Without a model: only for the footprint.
  void mark(Symbol symbol) noexcept {
    footprint_.add(previous_, symbol);
    previous_ = symbol;
  }

  /// For threads that live long: what was counted so far counts half from now on. Called every n calls, the
  /// features are of about the last 2 n. The footprint stays: it is compared with those of whole threads.
  void fade() noexcept {
    surprisal_ /= 2;
    capped_ /= 2;
    calls_ /= 2;
    trigrams_ /= 2;
    unseen_ /= 2;
    rare_ /= 2;
  }

  [[nodiscard]] Features features(const FootprintIndex& index) const noexcept {
    Features features;
    const double calls = std::max<std::uint32_t>(1, calls_);
    const double trigrams = std::max<std::uint32_t>(1, trigrams_);
    features[Feature::surprisal] = static_cast<double>(surprisal_) / kUnitsPerBit / calls;
    features[Feature::capped] = static_cast<double>(capped_) / kUnitsPerBit / calls;
    features[Feature::unseen] = unseen_ / trigrams;
    features[Feature::rare] = (unseen_ + rare_) / (2.0 * trigrams);
    const FootprintDistances distances = index.distances(footprint_);
    features[Feature::nearest] = distances.nearest;
    features[Feature::third] = distances.third;
    features[Feature::weighted] = distances.weighted;
    features[Feature::pairs] = distances.pairs;
    return features;
  }

  /// For the codec: all but where in the sequence the thread is, which resume() finds.
  struct Saved {
    std::uint64_t surprisal = 0;
    std::uint64_t capped = 0;
    std::uint32_t calls = 0;
    std::uint32_t trigrams = 0;
    std::uint32_t unseen = 0;
    std::uint32_t rare = 0;
    Footprint footprint;
  };
  [[nodiscard]] Saved save() const noexcept {
    return {surprisal_, capped_, calls_, trigrams_, unseen_, rare_, footprint_};
  }
  void restore(const Saved& saved) noexcept {
    surprisal_ = saved.surprisal;
    capped_ = saved.capped;
    calls_ = saved.calls;
    trigrams_ = saved.trigrams;
    unseen_ = std::min(saved.unseen, saved.trigrams);
    rare_ = std::min(saved.rare, saved.trigrams);
    footprint_ = saved.footprint;
    restart();
  }

  [[nodiscard]] const Footprint& footprint() const noexcept { return footprint_; }
  /// Since the start, or faded.
  [[nodiscard]] std::uint32_t calls() const noexcept { return calls_; }

 private:
  static constexpr auto kCap = static_cast<std::uint32_t>(kSurprisalCap * kUnitsPerBit);

  std::uint64_t surprisal_ = 0;  ///< 1/256 bit, as is the next
  std::uint64_t capped_ = 0;
  CompiledModel::State state_ = CompiledModel::start();
  std::uint32_t calls_ = 0;
  std::uint32_t trigrams_ = 0;
  std::uint32_t unseen_ = 0;
  std::uint32_t rare_ = 0;
  Symbol previous_ = kNoSymbol;
  std::uint8_t since_start_ = 0;  ///< calls since the sequence began, up to 3
  alignas(64) Footprint footprint_;
};
static_assert(sizeof(ThreadScore) == 256);  // one cache line of numbers, one of calls, two of pairs

}  // namespace da
