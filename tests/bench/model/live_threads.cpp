// How a profile, as the detector has it, judges recorded traces: calls one by one and threads as a whole.
//
//   live_threads DIR [SET ...]      // DIR (or DOCKER_ANOMALIES_DATA) holds SET/{train,normal,attack}.tsv.gz
//
// Each trace is a thread from its birth to its end. Of `train` the first half is learned, the rest held out
// in shadow, then `normal` (false alarms) and `attack` (detection) are judged, each trace counting once. The
// bounds on what is unseen are off, or some sets would never arm; the budget is as many observations as a
// threshold may ever let through (1 %). Then CPU time a call, of one core.
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "analyzer/evaluate/trace_file.h"
#include "analyzer/model/profile.h"
#include "proto/syscalls/table.h"

namespace {

using namespace da;

constexpr std::int64_t kStepNs = 1'000'000;  // between two calls: some hundred thousand observations a day

LifeCycleOptions options_for(std::uint64_t learn, std::uint64_t hold_out) {
  LifeCycleOptions options;
  options.min_time = options.shadow_time = std::chrono::nanoseconds(0);
  options.unseen_mass = options.shadow_unseen = 1.0;
  options.min_calls = learn;
  options.shadow_calls = hold_out;
  options.recent_calls = 7;
  options.min_episodes = 1;
  options.max_extensions = 0;
  options.max_ngrams = 1U << 22U;
  return options;
}

struct Told {
  bool by_calls = false;
  bool as_whole = false;
};

class Subject {
 public:
  Subject(ScoreMethod method, std::uint64_t learn, std::uint64_t hold_out, std::size_t frame)
      : profile_({"image", "/bin/program", Arch::x86_64}, options_for(learn, hold_out),
                 score_for(method, frame)) {}

  Told live(const std::vector<CallId>& calls) {
    Told told;
    ThreadState thread;
    profile_.begin(thread, Beginning::birth, time_);
    for (const CallId call : calls) {
      time_ += kStepNs;
      const Observation seen = profile_.observe(thread, call, time_);
      told.by_calls = told.by_calls || seen.finding != Finding::none;
      told.as_whole = told.as_whole || seen.unusual;
    }
    told.as_whole = profile_.finish(thread, true) != nullptr || told.as_whole;
    profile_.end(thread);
    profile_.advance();
    return told;
  }
  [[nodiscard]] Profile& profile() noexcept { return profile_; }

 private:
  static ScoreOptions score_for(ScoreMethod method, std::size_t frame) {
    ScoreOptions score;
    score.method = method;
    score.frame = frame;
    score.budget = 1e12;
    if (score.call_score() != CallScore::departures) score.minimum = ScoreOptions::kStideMinimum;
    return score;
  }

  Profile profile_;
  std::int64_t time_ = 0;
};

using Traces = std::vector<std::vector<CallId>>;

Traces read(const std::string& directory, const std::string& set, const std::string& part, CallNames& names) {
  Traces traces;
  const auto read = read_traces(directory + '/' + set + '/' + part + ".tsv.gz", names);
  if (!read) {
    fmt::print("{}\n", read.error().message());
    return traces;
  }
  // Dense symbols: what they are called does not matter, but lock calls are not told apart.
  for (const Trace& trace : *read) {
    auto& calls = traces.emplace_back();
    for (const Symbol symbol : trace.calls)
      calls.push_back(make_call(Arch::i386, 1'000 + symbol));
  }
  return traces;
}

void teach(Subject& subject, const Traces& train) {
  for (const auto& trace : train)
    subject.live(trace);
}

void judge(const Traces& train, const Traces& normal, const Traces& attack, ScoreMethod method,
           const char* name) {
  std::uint64_t first_half = 0;
  for (std::size_t i = 0; i < train.size() / 2; ++i)
    first_half += train[i].size();
  std::uint64_t counted = 0;
  {
    // Runs are cut: how many calls count shows when they are learned.
    Subject probe(method, UINT64_MAX, 1, 20);
    for (std::size_t i = 0; i < train.size() / 2; ++i)
      probe.live(train[i]);
    first_half = probe.profile().life().learned().calls;
    for (std::size_t i = train.size() / 2; i < train.size(); ++i)
      probe.live(train[i]);
    counted = probe.profile().life().learned().calls;
  }
  Subject subject(method, first_half, counted - first_half, 20);
  teach(subject, train);
  fmt::print("  {:10} {}\n", name, subject.profile().reason());
  // Where ordinary threads fill the whole frame, no threshold is of use, and shadow begins again and again.
  if (subject.profile().life().state() != ProfileState::armed) return;
  const auto share = [&](const Traces& traces) {
    std::size_t by_calls = 0;
    std::size_t either = 0;
    for (const auto& trace : traces) {
      const Told told = subject.live(trace);
      by_calls += told.by_calls ? 1U : 0U;
      either += told.by_calls || told.as_whole ? 1U : 0U;
    }
    const auto all = static_cast<double>(std::max<std::size_t>(1, traces.size()));
    return fmt::format("{:.3f} by calls, {:.3f} only as a whole, {:.3f} together",
                       static_cast<double>(by_calls) / all, static_cast<double>(either - by_calls) / all,
                       static_cast<double>(either) / all);
  };
  fmt::print("             normal: {}\n", share(normal));
  fmt::print("             attack: {}\n", share(attack));
  if (method != ScoreMethod::combined && method != ScoreMethod::departures) return;
  std::uint64_t calls = 0;
  const std::clock_t start = std::clock();  // of this process alone: the machine is shared
  while (std::clock() - start < CLOCKS_PER_SEC) {
    for (const auto& trace : train) {
      subject.live(trace);
      calls += trace.size();
    }
  }
  const double took = 1e9 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  fmt::print("             {:.1f} ns a call\n",
             took / static_cast<double>(std::max<std::uint64_t>(1, calls)));
}

}  // namespace

int main(int argc, char** argv) {
  const char* environment = std::getenv("DOCKER_ANOMALIES_DATA");
  if (argc < 2 && environment == nullptr) {
    fmt::print(stderr, "usage: live_threads DIR [SET ...]\n");
    return 2;
  }
  const std::string directory = argc > 1 ? argv[1] : environment;
  std::vector<std::string> sets(argv + std::min(argc, 2), argv + argc);
  if (sets.empty()) sets = {"adfa-ld", "fhids/ftp", "fhids/nginx", "unm/sendmail"};
  for (const std::string& set : sets) {
    CallNames names;
    const Traces train = read(directory, set, "train", names);
    const Traces normal = read(directory, set, "normal", names);
    const Traces attack = read(directory, set, "attack", names);
    if (train.empty() || normal.empty() || attack.empty()) continue;
    fmt::print("{}: {} traces of training, {} normal, {} attacks\n", set, train.size(), normal.size(),
               attack.size());
    judge(train, normal, attack, ScoreMethod::combined, "combined");
    judge(train, normal, attack, ScoreMethod::departures, "departures");
    judge(train, normal, attack, ScoreMethod::stide, "stide");
    judge(train, normal, attack, ScoreMethod::t_stide, "t-stide");
  }
  return 0;
}
