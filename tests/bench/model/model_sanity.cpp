// Compares STIDE (published figures) and our departures on recorded traces, and measures the armed path.
//
//   model_sanity DIR [SET ...]      // DIR (or DOCKER_ANOMALIES_DATA) holds SET/{train,normal,attack}.tsv.gz
//
// A line of a file is one process: id TAB type TAB calls. The data is not ours to distribute.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "analyzer/model/call_class.h"
#include "analyzer/model/profile.h"
#include "proto/syscalls/table.h"

namespace {

using namespace da;
using Trace = std::vector<CallId>;

CallId call_from(const std::string& set, const std::string& word) {
  if (word.find_first_not_of("0123456789") == std::string::npos) {
    const int number = std::atoi(word.c_str());
    // ADFA-LD has Linux i386 numbers; the UNM sets their own, which mean nothing to call_class.
    return set.find("adfa") != std::string::npos ? make_call(Arch::i386, number)
                                                 : make_call(Arch::x86_64, 1'000 + number);
  }
  return find_call_by_name(Arch::x86_64, word).value_or(make_call(Arch::x86_64, 3'999));
}

std::vector<Trace> read_traces(const std::string& directory, const std::string& set,
                               const std::string& part) {
  std::string quoted = "'";
  for (const char c : directory + '/' + set + '/' + part + ".tsv.gz")
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(("gzip -dc " + quoted + "'").c_str(), "r"), pclose);
  std::string text;
  char buffer[65536];
  for (std::size_t got = 0; pipe && (got = std::fread(buffer, 1, sizeof buffer, pipe.get())) > 0;)
    text.append(buffer, got);

  std::vector<Trace> traces;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto calls_at = line.rfind('\t');
    if (calls_at == std::string::npos) continue;
    std::istringstream words(line.substr(calls_at + 1));
    Trace& trace = traces.emplace_back();
    for (std::string word; words >> word;)
      trace.push_back(call_from(set, word));
  }
  return traces;
}

struct Scores {
  double mismatch = 0.0;    ///< unseen n-grams per n-gram: the classic measure
  double frame = 0.0;       ///< most unseen n-grams among 20
  double departures = 0.0;  ///< most departures of cross-parsing among 20
};

/// STIDE over a profile's pieces; `folded`: with what our profiles leave out of sequences.
class Stide {
 public:
  explicit Stide(bool folded) : folded_(folded) {}

  void train(const Trace& trace) {
    each_ngram(trace, [&](Ngram window) { counter_.add(window); });
  }
  Scores score(const Trace& trace) {
    Scores scores;
    ThreadWindow frame;
    double total = 0.0;
    each_ngram(trace, [&](Ngram window) {
      const Ngram ngram = suffix(window, counter_.order());
      if (length_of(ngram) < counter_.order()) return;
      const bool unseen = !counter_.knows(ngram);
      frame.mark(unseen, 20);
      total += 1.0;
      scores.mismatch += unseen ? 1.0 : 0.0;
      scores.frame = std::max(scores.frame, static_cast<double>(frame.score()));
    });
    if (total > 0.0) scores.mismatch /= total;
    ThreadWindow reader;
    each_symbol(trace, [&](Symbol symbol) {
      if (!reader.push(symbol)) return;
      reader.mark(!counter_.knows(reader.phrase(counter_.order())), 20);
      scores.departures = std::max(scores.departures, static_cast<double>(reader.score()));
    });
    return scores;
  }

 private:
  template <typename Visitor>
  void each_symbol(const Trace& trace, Visitor&& visit) {
    for (const CallId call : trace) {
      if (folded_ && class_of(call) == CallClass::scheduling) continue;
      visit(symbol_of(call));
    }
  }
  template <typename Visitor>
  void each_ngram(const Trace& trace, Visitor&& visit) {
    ThreadWindow folding;
    Ngram plain = kEmptyNgram;
    each_symbol(trace, [&](Symbol symbol) {
      if (folded_ && !folding.push(symbol)) return;
      plain = append(plain, symbol);
      visit(folded_ ? folding.ngram() : plain);
    });
  }

  bool folded_;
  NgramCounter counter_{6, 1U << 22U};
};

/// The chance that an attack scores above a normal trace, ties counting half.
double auc(std::vector<double> normal, const std::vector<double>& attack) {
  std::sort(normal.begin(), normal.end());
  double sum = 0.0;
  for (const double score : attack) {
    const auto below = std::lower_bound(normal.begin(), normal.end(), score) - normal.begin();
    const auto not_above = std::upper_bound(normal.begin(), normal.end(), score) - normal.begin();
    sum += (static_cast<double>(below) + static_cast<double>(not_above)) / 2.0;
  }
  return sum / static_cast<double>(normal.size()) / static_cast<double>(attack.size());
}

double share_above(const std::vector<double>& scores, unsigned threshold) {
  const auto above =
      std::count_if(scores.begin(), scores.end(), [&](double score) { return score > threshold; });
  return static_cast<double>(above) / static_cast<double>(scores.size());
}

void print_operating_points(const char* what, std::initializer_list<unsigned> thresholds,
                            const std::vector<double>& normal, const std::vector<double>& attack) {
  fmt::print("    {}: false alarms, detection", what);
  for (const unsigned threshold : thresholds)
    fmt::print("  >{} {:.3f} {:.3f}", threshold, share_above(normal, threshold),
               share_above(attack, threshold));
  fmt::print("\n");
}

void evaluate(const std::string& directory, const std::string& set) {
  const auto train = read_traces(directory, set, "train");
  const auto normal = read_traces(directory, set, "normal");
  const auto attack = read_traces(directory, set, "attack");
  if (train.empty() || normal.empty() || attack.empty()) {
    fmt::print("{}: not found in {}\n", set, directory);
    return;
  }
  for (const bool folded : {false, true}) {
    Stide stide(folded);
    for (const Trace& trace : train)
      stide.train(trace);
    std::vector<double> normal_mismatch, normal_frame, normal_departures;
    std::vector<double> attack_mismatch, attack_frame, attack_departures;
    for (const Trace& trace : normal) {
      const Scores scores = stide.score(trace);
      normal_mismatch.push_back(scores.mismatch);
      normal_frame.push_back(scores.frame);
      normal_departures.push_back(scores.departures);
    }
    for (const Trace& trace : attack) {
      const Scores scores = stide.score(trace);
      attack_mismatch.push_back(scores.mismatch);
      attack_frame.push_back(scores.frame);
      attack_departures.push_back(scores.departures);
    }
    fmt::print("{:14} {:8} AUC: mismatch fraction {:.3f}, worst locality frame {:.3f}", set,
               folded ? "folded" : "classic", auc(normal_mismatch, attack_mismatch),
               auc(normal_frame, attack_frame));
    // Phrases are defined on folded sequences alone.
    if (folded) fmt::print(", departures {:.3f}", auc(normal_departures, attack_departures));
    fmt::print("\n");
    print_operating_points("unseen 6-grams above", {8, 10, 12, 14}, normal_frame, attack_frame);
    if (folded)
      print_operating_points("departures above", {2, 3, 4, 5, 6}, normal_departures, attack_departures);
  }
}

/// ns a call of an armed profile judging what it was trained with.
void measure(const std::string& directory, const std::string& set) {
  const auto train = read_traces(directory, set, "train");
  LifeCycleOptions options;
  options.min_time = options.shadow_time = std::chrono::nanoseconds(0);
  options.unseen_mass = options.shadow_unseen = 1.0;
  options.min_calls = options.shadow_calls = 10;
  options.recent_calls = 7;
  options.min_episodes = 1;
  options.max_extensions = 0;
  options.max_ngrams = 1U << 22U;
  ScoreOptions score;
  score.margin = 0;
  score.frame = 32;
  Profile profile({"image", "/bin/program", Arch::x86_64}, options, score);
  const auto run = [&] {
    std::uint64_t calls = 0;
    for (const Trace& trace : train) {
      ThreadState thread;
      profile.begin(thread, Beginning::birth, 0);
      for (const CallId call : trace)
        profile.observe(thread, call, 0);
      profile.end(thread);
      calls += trace.size();
    }
    return calls;
  };
  run();
  profile.advance();  // learning -> shadow
  run();
  profile.advance();
  const std::clock_t start = std::clock();  // of this process alone: the machine is shared
  std::uint64_t calls = 0;
  for (int i = 0; i < 10; ++i)
    calls += run();
  const double took = 1e9 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  fmt::print("{:14} {} profile of {} n-grams: {:.1f} ns a call\n", set, to_string(profile.life().state()),
             profile.counter().size(), took / static_cast<double>(std::max<std::uint64_t>(1, calls)));
}

}  // namespace

int main(int argc, char** argv) {
  const char* environment = std::getenv("DOCKER_ANOMALIES_DATA");
  if (argc < 2 && environment == nullptr) {
    fmt::print(stderr, "usage: model_sanity DIR [SET ...]\n");
    return 2;
  }
  const std::string directory = argc > 1 ? argv[1] : environment;
  std::vector<std::string> sets(argv + std::min(argc, 2), argv + argc);
  if (sets.empty()) sets = {"adfa-ld", "fhids/ftp", "fhids/nginx", "unm/sendmail", "unm/xlock"};
  for (const std::string& set : sets)
    evaluate(directory, set);
  measure(directory, sets.front());
  return 0;
}
