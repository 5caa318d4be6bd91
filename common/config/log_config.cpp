#include "common/config/log_config.h"

namespace da {

LogLevel read_log_config(Section section) {
  const auto level = section.word("level", "info", {"debug", "info", "warning", "error"});
  section.done();
  if (level == "debug") return LogLevel::debug;
  if (level == "warning") return LogLevel::warning;
  if (level == "error") return LogLevel::error;
  return LogLevel::info;
}

}  // namespace da
