// Hides what looks like a password, token or key in command lines and described calls.
//
// Used by mail_view, before anything is shown: a mail travels and is kept where a secret must not be.
// It goes by patterns (key=value, --password x, Bearer x, user:pass@host, -pX after mysql, AWS, GitHub,
// GitLab, Slack and JWT tokens, private keys): it hides the usual, it does not promise to hide everything.
//
//   mask_secrets("mysql -ps3cret --token=abc")   // mysql -p*** --token=***
#pragma once

#include <string>
#include <string_view>

namespace da {

inline constexpr std::string_view kMask = "***";

/// The text with secrets replaced by "***". NUL separates the words of an argv and stays.
[[nodiscard]] std::string mask_secrets(std::string_view text);

}  // namespace da
