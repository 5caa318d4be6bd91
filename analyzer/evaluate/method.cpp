#include "analyzer/evaluate/method.h"

#include <algorithm>
#include <charconv>
#include <functional>

#include <fmt/format.h>

#include "analyzer/model/behaviour_model.h"
#include "analyzer/model/feature_scale.h"
#include "analyzer/model/thread_score.h"

namespace da {
namespace {

/// Calls `judged(train, held_out)` for each fold.
void each_fold(std::span<const Trace> traces,
               const std::function<void(std::span<const Trace>, std::span<const Trace>,
                                        std::span<const Trace>)>& visit) {
  const std::size_t folds = std::min(kFolds, traces.size());
  if (folds < 2) return;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    const std::size_t first = fold * traces.size() / folds;
    const std::size_t last = (fold + 1) * traces.size() / folds;
    visit(traces.first(first), traces.subspan(first, last - first), traces.subspan(last));
  }
}

class CombinedJudge final : public Judge {
 public:
  CombinedJudge(BehaviourModel model, const FeatureScale& scale, const Features& weights)
      : model_(std::move(model)), scale_(scale), weights_(weights) {}

  [[nodiscard]] static Features features(const BehaviourModel& model, std::span<const Symbol> calls) {
    ThreadScore thread;
    for (const Symbol symbol : calls)
      thread.push(model.sequences, symbol);
    return thread.features(model.footprints);
  }
  [[nodiscard]] double score(std::span<const Symbol> calls) const override {
    return scale_.score(features(model_, calls), weights_);
  }
  [[nodiscard]] std::size_t bytes() const override { return model_.bytes(); }

 private:
  BehaviourModel model_;
  FeatureScale scale_;
  Features weights_;
};

BehaviourModel model_of(std::span<const Trace> traces, std::span<const Trace> more = {}) {
  BehaviourCounts counts;
  for (const auto part : {traces, more}) {
    for (const Trace& trace : part)
      counts.learn(trace.calls);
  }
  return BehaviourModel(counts);
}

Trained train_combined(const Features& weights, std::span<const Trace> traces) {
  std::vector<Features> held_out;
  FeatureScale scale;
  each_fold(traces, [&](auto before, auto fold, auto after) {
    const BehaviourModel model = model_of(before, after);
    for (const Trace& trace : fold) {
      held_out.push_back(CombinedJudge::features(model, trace.calls));
      scale.add(held_out.back());
    }
  });
  Trained trained;
  trained.judge = std::make_unique<CombinedJudge>(model_of(traces), scale, weights);
  for (const Features& features : held_out)
    trained.held_out.push_back(scale.score(features, weights));
  return trained;
}

class StideJudge final : public Judge {
 public:
  StideJudge(const StideOptions& options, std::span<const Trace> traces, std::span<const Trace> more = {})
      : counter_(learned(options, traces, more)), stide_(counter_, options) {}
  StideJudge(const StideJudge&) = delete;
  StideJudge& operator=(const StideJudge&) = delete;

  [[nodiscard]] double score(std::span<const Symbol> calls) const override {
    Stide::Thread thread;
    for (const Symbol symbol : calls)
      stide_.push(thread, symbol);
    return stide_.score(thread);
  }
  /// A table at most half full.
  [[nodiscard]] std::size_t bytes() const override {
    return 2 * counter_.size() * sizeof(NgramCounter::Entry);
  }

 private:
  static NgramCounter learned(const StideOptions& options, std::span<const Trace> traces,
                              std::span<const Trace> more) {
    NgramCounter counter(options.order, BehaviourCounts::kMaxNgrams);
    for (const auto part : {traces, more}) {
      for (const Trace& trace : part) {
        Ngram window = kEmptyNgram;
        for (const Symbol symbol : trace.calls)
          counter.add(window = append(window, symbol));
      }
    }
    return counter;
  }

  NgramCounter counter_;
  Stide stide_;
};

Trained train_stide(const StideOptions& options, std::span<const Trace> traces) {
  Trained trained;
  each_fold(traces, [&](auto before, auto fold, auto after) {
    const StideJudge judge(options, before, after);
    for (const Trace& trace : fold)
      trained.held_out.push_back(judge.score(trace.calls));
  });
  trained.judge = std::make_unique<StideJudge>(options, traces);
  return trained;
}

Result<std::size_t> parse_number(std::string_view text, std::size_t least, std::size_t most) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most)
    return fail(fmt::format("{}: expected a number from {} to {}", text, least, most));
  return number;
}

Result<Method> parse_stide(StideOptions options, std::string_view settings) {
  while (!settings.empty()) {
    const std::string_view setting = settings.substr(0, settings.find(','));
    settings.remove_prefix(std::min(settings.size(), setting.size() + 1));
    const bool is_order = setting.substr(0, 2) == "n=";
    const bool is_frame = setting.substr(0, 6) == "frame=";
    if (!is_order && !is_frame) return fail(fmt::format("{}: expected n=N or frame=N", setting));
    const auto number =
        parse_number(setting.substr(is_order ? 2 : 6), 1, is_order ? kMaxOrder : StideOptions::kMaxFrame);
    if (!number) return tl::unexpected(number.error());
    (is_order ? options.order : options.frame) = *number;
  }
  return options;
}

}  // namespace

Result<Method> parse_method(std::string_view name) {
  if (name == "combined") return kCombinedWeights;
  if (name == "three") return kThreeFeatureWeights;
  for (std::size_t i = 0; i < kFeatures; ++i) {
    if (name != kFeatureNames[i]) continue;
    Features alone;
    alone.values[i] = 1.0;
    return alone;
  }
  const std::string_view family = name.substr(0, name.find(':'));
  const std::string_view settings = name.substr(std::min(name.size(), family.size() + 1));
  if (family == "stide") return parse_stide({}, settings);
  if (family == "t-stide") return parse_stide({.rare = StideOptions::kRare}, settings);
  return fail(
      fmt::format("{}: no such method; there are combined, three, stide, t-stide (with :n=6,frame=20), {}",
                  name, fmt::join(kFeatureNames, ", ")));
}

Trained train(const Method& method, std::span<const Trace> traces) {
  if (const auto* weights = std::get_if<Features>(&method)) return train_combined(*weights, traces);
  return train_stide(std::get<StideOptions>(method), traces);
}

}  // namespace da
