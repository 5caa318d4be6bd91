// A job that is run again and again: after how many runs its profile arms, and how many of the runs that
// follow are alarmed, with evidence counted by calls and by runs.
//
//   job_evidence
//
// A run starts, does some pieces of work of a few kinds in any order, and ends. Now and then it takes a rare
// path: path k of 200 with probability share / k^1.5, in any run. Everything is drawn by a fixed seed.
#include <cmath>
#include <cstdio>
#include <initializer_list>
#include <iterator>
#include <random>
#include <vector>

#include "analyzer/model/profile.h"
#include "proto/call_id.h"

using namespace da;

namespace {

constexpr int kPaths = 200;
constexpr int kRunsAfter = 500;
constexpr int kMostRuns = 5'000;
constexpr int kJobs = 40;

using Calls = std::vector<int>;

class Job {
 public:
  Job(unsigned seed, int pieces, double share) : random_(seed), pieces_(pieces), share_(share) {
    start_ = sequence(60);
    for (int i = 0; i < 6; ++i)
      kinds_.push_back(sequence(12));
    for (int i = 0; i < kPaths; ++i)
      paths_.push_back(sequence(10));
  }

  Calls run() {
    Calls calls = start_;
    for (int i = 0; i < pieces_; ++i) {
      append(calls, kinds_[random_() % kinds_.size()]);
      for (int k = 1; i == pieces_ / 2 && k <= kPaths; ++k) {
        if (std::uniform_real_distribution<double>()(random_) < share_ * std::pow(k, -1.5))
          append(calls, paths_[static_cast<std::size_t>(k - 1)]);
      }
    }
    calls.push_back(231);
    return calls;
  }

 private:
  Calls sequence(int length) {
    Calls calls;
    for (int i = 0; i < length; ++i)
      calls.push_back(static_cast<int>(random_() % 23));  // before sched_yield, which is not counted
    return calls;
  }
  static void append(Calls& calls, const Calls& more) { calls.insert(calls.end(), more.begin(), more.end()); }

  std::mt19937 random_;
  int pieces_;
  double share_;
  Calls start_;
  std::vector<Calls> kinds_;
  std::vector<Calls> paths_;
};

bool run_once(Profile& profile, Job& job, bool count_runs) {
  ThreadState thread;
  profile.begin(thread, Beginning::program, 0);
  bool alarmed = false;
  for (const int number : job.run()) {
    const Observation seen =
        profile.observe(thread, make_call(Arch::x86_64, static_cast<std::uint32_t>(number)), 0);
    alarmed = alarmed || seen.finding != Finding::none;
  }
  if (count_runs) {
    profile.end_run(thread);
  } else {
    profile.end(thread);
  }
  profile.advance();
  return alarmed;
}

void measure(int pieces, double share, bool count_runs, std::uint64_t runs, double unseen_runs) {
  LifeCycleOptions options;
  options.min_time = options.shadow_time = std::chrono::nanoseconds(0);
  options.min_runs = options.shadow_runs = runs;
  options.unseen_runs = unseen_runs;
  long learned = 0;
  long alarmed = 0;
  int armed = 0;
  std::size_t length = 0;
  for (unsigned seed = 1; seed <= kJobs; ++seed) {
    Job job(seed, pieces, share);
    Profile profile({"image", "/bin/job", Arch::x86_64}, options, {});
    length = job.run().size();
    int learning = 0;
    while (profile.life().state() != ProfileState::armed && learning < kMostRuns) {
      run_once(profile, job, count_runs);
      ++learning;
    }
    if (profile.life().state() != ProfileState::armed) continue;
    ++armed;
    learned += learning;
    for (int i = 0; i < kRunsAfter; ++i)
      alarmed += run_once(profile, job, count_runs) ? 1 : 0;
  }
  char rule[48] = "by calls";
  if (count_runs)
    std::snprintf(rule, sizeof rule, "%llu runs, %.0f %% new", static_cast<unsigned long long>(runs),
                  100 * unseen_runs);
  std::printf(
      "%7zu %6.2f  %-18s %3d of %d  %6.0f  %6.2f %%\n", length, share, rule, armed, kJobs,
      armed == 0 ? 0.0 : static_cast<double>(learned) / armed,
      armed == 0 ? 0.0 : 100.0 * static_cast<double>(alarmed) / (static_cast<double>(armed) * kRunsAfter));
}

}  // namespace

int main() {
  std::printf("  calls  share  rule                 armed  after runs  runs alarmed after\n");
  for (const int pieces : {10, 100, 400}) {
    for (const double share : {0.0, 0.02, 0.1, 0.4}) {
      measure(pieces, share, false, 50, 0.05);
      for (const std::uint64_t runs : std::initializer_list<std::uint64_t>{20, 50, 100}) {
        measure(pieces, share, true, runs, 0.05);
        if (runs == 50) measure(pieces, share, true, runs, 0.02);
      }
    }
  }
  return 0;
}
