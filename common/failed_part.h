// Tells why a part of a program, a coroutine that should have run on, has ended.
//
//   asio::co_spawn(io, writer.run(), [](std::exception_ptr error) { log_failed_part("writer", error); ... });
#pragma once

#include <exception>
#include <string_view>

#include "common/log.h"

namespace da {

/// One line for an exception; nothing for a null pointer.
inline void log_failed_part(std::string_view part, const std::exception_ptr& error) {
  if (!error) return;
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& caught) {
    log_error("a part of this program failed", "part", part, "error", caught.what());
  }
}

}  // namespace da
