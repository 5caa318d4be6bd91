// Appends lines to a file, which is opened anew on demand, so that it can be rotated. Blocks as files do:
// used on a thread of its own.
//
//   FileOutput file("/var/log/docker-anomalies/alerts.jsonl");
//   if (auto written = file.write(line); !written) ...      // the next write tries again
//   file.reopen();                                          // after logrotate moved it
#pragma once

#include <string>
#include <string_view>

#include "common/result.h"
#include "common/unique_fd.h"

namespace da {

class FileOutput {
 public:
  explicit FileOutput(std::string path) : path_(std::move(path)) {}

  /// With a line end behind it. A line that fits only in part is ended before the next.
  [[nodiscard]] Result<> write(std::string_view line);
  /// The next write opens the path, whatever is there then.
  void reopen() noexcept { fd_.reset(); }

 private:
  [[nodiscard]] Result<> open();

  std::string path_;
  UniqueFd fd_;
  bool torn_ = false;  ///< the latest line is not complete
};

}  // namespace da
