#include "analyzer/operate/top_command.h"

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <optional>

#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "analyzer/notify/safe_text.h"
#include "analyzer/operate/live_reader.h"
#include "analyzer/operate/output.h"

namespace da {
namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";  // the other screen, no cursor
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";

/// From the environment: unset and empty are the same.
std::string_view variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here calls setenv
  return value == nullptr ? "" : value;
}

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

TopLook look_of(bool terminal, TopOrder order) {
  TopLook look;
  look.order = order;
  winsize size{};
  if (terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
    if (size.ws_col > 0) look.width = size.ws_col;
    if (size.ws_row > 1) look.lines = size.ws_row - 1U;
  } else if (const auto columns = number(variable("COLUMNS"))) {
    look.width = *columns;
  }
  look.color = terminal && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
  return look;
}

/// Signals that end it, or tell of another size of the terminal, are waited for, and never delivered.
class Waiter {
 public:
  Waiter() {
    ::sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH})
      ::sigaddset(&signals_, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  /// False: to end.
  [[nodiscard]] bool wait(double seconds) const {
    constexpr double kNanoseconds = 1e9;
    timespec time{};
    time.tv_sec = static_cast<std::time_t>(seconds);
    time.tv_nsec = static_cast<long>((seconds - static_cast<double>(time.tv_sec)) * kNanoseconds);
    const int signal = ::sigtimedwait(&signals_, nullptr, &time);
    return signal < 0 || signal == SIGWINCH;
  }

 private:
  sigset_t signals_{};
};

/// The lines over those of before, each to its end, and nothing below them.
std::string as_screen(std::string_view text) {
  std::string screen = "\x1b[H";
  for (const char c : text) {
    if (c == '\n') screen += "\x1b[K";
    screen += c;
  }
  return screen + "\x1b[J";
}

int watch(RedisSession& redis, double interval, TopOrder order) {
  const Waiter waiter;
  int status = print_all(std::string(kEnter));
  do {
    const auto rows = read_live(redis);
    const TopLook look = look_of(true, order);
    // It may be away for a moment only.
    const std::string text =
        rows ? top_text(*rows, look) : elide(described_text(rows.error().message()), look.width) + '\n';
    status = print_all(as_screen(text));
  } while (status == kExitOk && waiter.wait(interval));
  static_cast<void>(print_all(std::string(kLeave)));
  return status;
}

}  // namespace

int run_top(RedisSession& redis, const TopOptions& options) {
  const TopOrder order = options.sort == "score"    ? TopOrder::score
                         : options.sort == "alerts" ? TopOrder::alerts
                                                    : TopOrder::calls;
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  if (terminal && !options.once && !options.json) return watch(redis, options.interval, order);
  const auto rows = read_live(redis);
  if (!rows) return refuse(rows.error());
  if (options.json) return print_all(top_json(*rows, order));
  TopLook look = look_of(terminal, order);
  look.lines = 0;
  return print_all(top_text(*rows, look));
}

}  // namespace da
