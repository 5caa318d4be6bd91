#include "analyzer/evaluate/trace_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include <zlib.h>

#include <fmt/format.h>

#include "analyzer/evaluate/trace_parser.h"

namespace da {
namespace {

struct CloseGzip {
  void operator()(gzFile file) const noexcept { gzclose_r(file); }
};
using Gzip = std::unique_ptr<gzFile_s, CloseGzip>;

/// Lines of text from a file that may be packed. A last line without an end counts.
class LineReader {
 public:
  explicit LineReader(const std::string& path) : file_(gzopen(path.c_str(), "rb")) {}

  [[nodiscard]] bool is_open() const noexcept { return file_ != nullptr; }

  /// False at the end.
  Result<bool> next(std::string& line) {
    line.clear();
    for (;;) {
      if (at_ == filled_) {
        if (const auto filled = fill(); !filled) return tl::unexpected(filled.error());
        if (filled_ == 0) return !line.empty();
      }
      const char* from = buffer_.data() + at_;
      const char* to = std::find(from, static_cast<const char*>(buffer_.data() + filled_), '\n');
      line.append(from, to);
      at_ = static_cast<std::size_t>(to - buffer_.data());
      if (line.size() > kMaxTraceLine)
        return fail(fmt::format("a line of more than {} bytes", kMaxTraceLine));
      if (at_ == filled_) continue;
      ++at_;
      return true;
    }
  }

 private:
  Result<> fill() {
    errno = 0;
    const int got = gzread(file_.get(), buffer_.data(), static_cast<unsigned>(buffer_.size()));
    int code = Z_OK;
    const char* message = gzerror(file_.get(), &code);
    // A file cut short reads as far as it goes, and says so at its end.
    if (code == Z_ERRNO) return fail_errno("read");
    if (got < 0 || code == Z_BUF_ERROR)
      return fail(code == Z_BUF_ERROR ? std::string("the packed file is cut short") : std::string(message));
    filled_ = static_cast<std::size_t>(got);
    at_ = 0;
    return {};
  }

  Gzip file_;
  std::array<char, 65536> buffer_{};
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
};

}  // namespace

Result<std::vector<Trace>> read_traces(const std::string& path, CallNames& names) {
  errno = 0;
  LineReader reader(path);
  if (!reader.is_open()) return fail_errno(path);
  std::vector<Trace> traces;
  std::string line;
  std::size_t calls = 0;
  for (std::size_t number = 1;; ++number) {
    const auto wrong = [&](const std::string& what) {
      return fail(fmt::format("{}:{}: {}", path, number, what));
    };
    const auto got = reader.next(line);
    if (!got) return wrong(got.error().message());
    if (!*got) break;
    auto trace = parse_trace(line, names);
    if (!trace) return wrong(trace.error().message());
    calls += trace->calls.size();
    if (calls > kMaxTraceCalls) return wrong(fmt::format("more than {} calls", kMaxTraceCalls));
    if (traces.size() == kMaxTraces) return wrong(fmt::format("more than {} traces", kMaxTraces));
    traces.push_back(std::move(*trace));
  }
  if (traces.empty()) return fail(path + ": no traces");
  return traces;
}

}  // namespace da
