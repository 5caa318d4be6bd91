// What a function that can fail returns: a value, or an Error that says what was being done.
//
//   Result<Fd> open_socket(const std::string& path);
//   if (!fd) return tl::unexpected(fd.error());
//
// Exceptions are for start-up configuration and for bugs.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

#include <tl/expected.hpp>

namespace da {

struct Error {
  std::error_code code;
  std::string doing;  ///< "connect to /run/redis.sock"; with no code, the whole message

  [[nodiscard]] std::string message() const { return code ? doing + ": " + code.message() : doing; }
};

template <typename T = void>
using Result = tl::expected<T, Error>;

/// The error of the system call that just failed.
[[nodiscard]] inline tl::unexpected<Error> fail_errno(std::string doing) {
  const int saved = errno;
  return tl::unexpected<Error>(Error{std::error_code(saved, std::generic_category()), std::move(doing)});
}
[[nodiscard]] inline tl::unexpected<Error> fail(std::string message) {
  return tl::unexpected<Error>(Error{{}, std::move(message)});
}
[[nodiscard]] inline tl::unexpected<Error> fail(std::error_code code, std::string doing) {
  return tl::unexpected<Error>(Error{code, std::move(doing)});
}

}  // namespace da
