// What a record costs the habits of an armed profile, by what it is.
//
//   habits_speed
//
// A program that learned 150 directories, 40 addresses and some commands; CPU time of one core.
#include <ctime>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "analyzer/model/habits/habits.h"
#include "proto/syscalls/table.h"

namespace {

using namespace da;

constexpr std::int64_t kSecond = 1'000'000'000;

struct Sample {
  const char* what;
  SyscallRecord record;
};

CallId call(const char* name) {
  return find_call_by_name(Arch::x86_64, name).value();
}

SyscallRecord record_of(const char* name, std::int64_t result, std::span<const CapturedArg> captured) {
  return {call(name), 6, {static_cast<std::uint64_t>(-100)}, result, 100 * kSecond, captured};
}

void measure(Habits& habits, const Sample& sample, Habits::Taking taking) {
  constexpr int kCalls = 2'000'000;
  std::uint64_t told = 0;
  const std::clock_t start = std::clock();
  for (int i = 0; i < kCalls; ++i) {
    const SyscallRecord& record = sample.record;
    if (!Habits::concerns(record.call, record.result)) continue;
    told += habits.observe(record, 1, taking) ? 1 : 0;
  }
  const double ns = 1e9 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / kCalls;
  fmt::print("{:48} {:8.1f} ns{}\n", sample.what, ns, told > 0 ? ", told" : "");
}

}  // namespace

int main() {
  HabitOptions options;
  options.min_time = options.recent = std::chrono::seconds(10);
  Habits habits(options);
  std::vector<std::string> paths;
  for (int top = 0; top < 10; ++top)
    for (int below = 0; below < 15; ++below)
      paths.push_back("/srv/app" + std::string(1, static_cast<char>('a' + top)) + "/part" +
                      std::string(1, static_cast<char>('a' + below)) + "/file");
  for (std::int64_t i = 0; i < 30'000; ++i) {
    const CapturedArg path[] = {
        {1, CapturedKind::path, false, paths[static_cast<std::size_t>(i) % paths.size()]}};
    SyscallRecord record = record_of("openat", 3, path);
    record.time_ns = 1000 * kSecond + i * kSecond / 1000;
    habits.observe(record, 1, Habits::Taking::learn);
  }
  const std::string address("\2\0\x15\x38\x0a\0\0\1\0\0\0\0\0\0\0\0", 16);
  const CapturedArg sockaddr[] = {{1, CapturedKind::sockaddr, false, address}};
  habits.observe(record_of("connect", 0, sockaddr), 1, Habits::Taking::learn);
  habits.settle();
  fmt::print("settled: {}\n", habits.settled(Habit::reads));

  const CapturedArg known[] = {{1, CapturedKind::path, false, "/srv/appd/parte/2026-11-26/0f3a9c/file.json"}};
  const CapturedArg plain[] = {{1, CapturedKind::path, false, "/srv/appd/parte/file"}};
  const CapturedArg relative[] = {{1, CapturedKind::path, false, "base/16384/2619"}};
  const CapturedArg common[] = {{1, CapturedKind::path, false, "/usr/lib/x86_64-linux-gnu/libc.so.6"}};
  const CapturedArg strange[] = {{1, CapturedKind::path, false, "/etc/shadow"}};
  const Sample samples[] = {
      {"read: no object", record_of("read", 100, {})},
      {"epoll_wait: no object", record_of("epoll_wait", 1, {})},
      {"openat of a known directory", record_of("openat", 3, plain)},
      {"openat, deep, with a date and an id", record_of("openat", 3, known)},
      {"openat of a library", record_of("openat", 3, common)},
      {"openat that fails", record_of("openat", -2, plain)},
      {"recvfrom: EAGAIN", record_of("recvfrom", -11, {})},
      {"connect to a known address", record_of("connect", 0, sockaddr)},
      {"sendto without an address", record_of("sendto", 100, {})},
      {"openat that is told", record_of("openat", 3, strange)},
      {"openat, relative, that is told", record_of("openat", 3, relative)},
  };
  for (const Sample& sample : samples)
    measure(habits, sample, Habits::Taking::judge);
  fmt::print("learning:\n");
  for (const Sample& sample : samples)
    measure(habits, sample, Habits::Taking::learn);
  return 0;
}
