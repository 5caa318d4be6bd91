// A file that holds nothing but a secret: a password, a token.
//
// Used by Section, and by who reads one again because it was refused.
//
//   Result<std::string> password = read_secret_file("/etc/docker-anomalies/smtp-password");
#pragma once

#include <string>

#include "common/result.h"

namespace da {

/// Its text, one newline at the end dropped; 64 KiB at most. Fails for what is empty, no regular file or
/// holds NUL. Warns of one that every user may read.
[[nodiscard]] Result<std::string> read_secret_file(const std::string& path);

}  // namespace da
