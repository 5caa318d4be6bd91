// How fast calls are scored, with thousands of threads interleaved.
//
//   score_speed DIR [SET ...]      // DIR (or DOCKER_ANOMALIES_DATA) holds SET/{train,normal,attack}.tsv.gz
//
// The normal traces of a set become threads of which `kThreads` run at a time, each for a few calls in turn,
// as batches bring them; one that ended is scored and the next begins. CPU time of one core, the score of
// ended threads included.
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "analyzer/evaluate/trace_file.h"
#include "analyzer/model/behaviour_model.h"
#include "analyzer/model/feature_scale.h"
#include "analyzer/model/thread_score.h"

namespace {

using namespace da;

constexpr std::size_t kThreads = 4096;

struct Running {
  const Trace* trace = nullptr;
  std::size_t at = 0;
  ThreadScore score;
};

struct Speed {
  double calls_per_second = 0.0;
  double scores = 0.0;  ///< kept, so that no work is left out
};

/// `turn`: calls that a thread makes before it is another's turn.
Speed measure(const BehaviourModel& model, const std::vector<Trace>& traces, std::size_t turn) {
  const FeatureScale scale;
  Speed speed;
  std::vector<Running> threads(kThreads);
  std::size_t next = 0;
  for (Running& thread : threads)
    thread = {&traces[next++ % traces.size()], 0, {}};
  std::size_t calls = 0;
  const std::clock_t start = std::clock();
  std::clock_t spent = 0;
  do {
    for (Running& thread : threads) {
      const std::vector<Symbol>& sequence = thread.trace->calls;
      const std::size_t last = std::min(sequence.size(), thread.at + turn);
      calls += last - thread.at;
      for (; thread.at < last; ++thread.at)
        thread.score.push(model.sequences, sequence[thread.at]);
      if (thread.at < sequence.size()) continue;
      speed.scores += scale.score(thread.score.features(model.footprints), kCombinedWeights);
      thread = {&traces[next++ % traces.size()], 0, {}};
    }
    spent = std::clock() - start;
  } while (spent < CLOCKS_PER_SEC);
  speed.calls_per_second = static_cast<double>(calls) * CLOCKS_PER_SEC / static_cast<double>(spent);
  return speed;
}

bool run(const std::string& directory, const std::string& set) {
  CallNames names;
  BehaviourCounts counts;
  const auto train = read_traces(directory + '/' + set + "/train.tsv.gz", names);
  const auto normal = read_traces(directory + '/' + set + "/normal.tsv.gz", names);
  for (const auto* read : {&train, &normal}) {
    if (*read) continue;
    fmt::print(stderr, "{}\n", read->error().message());
    return false;
  }
  for (const Trace& trace : *train)
    counts.learn(trace.calls);
  const BehaviourModel model(counts);
  fmt::print("{:14} {:7} states {:7} arcs {:6.1f} MB", set, model.sequences.states(), model.sequences.arcs(),
             static_cast<double>(model.bytes()) / 1e6);
  for (const std::size_t turn : {1U, 8U, 64U})
    fmt::print("  turns of {}: {:6.1f} M calls/s", turn,
               measure(model, *normal, turn).calls_per_second / 1e6);
  fmt::print("\n");
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const char* environment = std::getenv("DOCKER_ANOMALIES_DATA");
  if (argc < 2 && environment == nullptr) {
    fmt::print(stderr, "usage: score_speed DIR [SET ...]\n");
    return 2;
  }
  const std::string directory = argc > 1 ? argv[1] : environment;
  std::vector<std::string> sets(argv + std::min(argc, 2), argv + argc);
  if (sets.empty())
    sets = {"adfa-ld", "fhids/ftp", "fhids/nginx", "unm/login", "unm/ps", "unm/sendmail", "unm/xlock"};
  fmt::print("{} threads of {} bytes interleaved\n", kThreads, sizeof(ThreadScore));
  bool all = true;
  for (const std::string& set : sets)
    all = run(directory, set) && all;
  return all ? 0 : 1;
}
