#include "common/metrics/process_metrics.h"

#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <sstream>

#include <sys/resource.h>
#include <unistd.h>

#include "common/file.h"
#include "common/metrics/metrics_page.h"

namespace da {
namespace {

double seconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double seconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return seconds(time);
}

/// Of /proc/self/stat; see proc(5).
struct ProcessState {
  double threads = 0;
  double start_s = 0;  ///< after the system's
  double virtual_bytes = 0;
  double resident_bytes = 0;
};

ProcessState read_state() {
  constexpr std::size_t kLongest = 4096;
  const std::string text = read_file_prefix("/proc/self/stat", kLongest);
  ProcessState state;
  const auto name_end = text.rfind(')');  // a name may hold anything
  if (name_end == std::string::npos) return state;
  std::istringstream fields(text.substr(name_end + 1));
  constexpr int kBeforeThreads = 17;  // fields 3 to 19
  std::string skipped;
  for (int i = 0; i < kBeforeThreads; ++i)
    fields >> skipped;
  double start_ticks = 0;
  double pages = 0;
  fields >> state.threads >> skipped >> start_ticks >> state.virtual_bytes >> pages;
  state.start_s = start_ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
  state.resident_bytes = pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
  return state;
}

std::ptrdiff_t open_descriptors() {
  std::error_code problem;
  const std::filesystem::directory_iterator all("/proc/self/fd", problem);
  // One of them is the iterator's.
  return problem ? 0 : std::distance(begin(all), end(all)) - 1;
}

}  // namespace

std::string process_metrics(std::string_view program, std::string_view version) {
  MetricsPage build("docker_anomalies_");
  build.gauge("build_info", "1; the labels tell what runs.");
  build.sample(1, {{"program", program}, {"version", version}});

  MetricsPage page("process_");
  const ProcessState state = read_state();
  page.counter("cpu_seconds_total", "Processor time used, of all threads, in user and system mode.");
  page.sample(seconds_of(CLOCK_PROCESS_CPUTIME_ID));
  page.gauge("resident_memory_bytes", "Memory in use.");
  page.sample(state.resident_bytes);
  page.gauge("virtual_memory_bytes", "Address space in use.");
  page.sample(state.virtual_bytes);
  page.gauge("start_time_seconds", "When the process began, since 1970.");
  page.sample(seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME) + state.start_s);
  page.gauge("threads", "Threads of the process.");
  page.sample(state.threads);
  page.gauge("open_fds", "Open file descriptors.");
  page.sample(open_descriptors());
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  page.gauge("max_fds", "File descriptors that may be open.");
  page.sample(limit.rlim_cur);
  return build.text() + page.text();
}

}  // namespace da
