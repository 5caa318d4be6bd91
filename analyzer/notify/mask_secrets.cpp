#include "analyzer/notify/mask_secrets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace da {
namespace {

using namespace std::string_view_literals;

constexpr std::array kSecretWords = {
    "password"sv,   "passwd"sv,        "passphrase"sv, "secret"sv, "token"sv,   "apikey"sv,   "accesskey"sv,
    "privatekey"sv, "authorization"sv, "credential"sv, "pwd"sv,    "authkey"sv, "signature"sv};
/// A name that ends so tells where a secret is, not what it is.
constexpr std::array kHarmlessEnds = {"file"sv, "path"sv, "stdin"sv, "prompt"sv,
                                      "type"sv, "ttl"sv,  "url"sv,   "dir"sv};
constexpr std::array kSchemes = {"bearer"sv, "basic"sv, "digest"sv, "negotiate"sv, "token"sv};

struct TokenShape {
  std::string_view prefix;
  std::size_t least_further;  ///< token characters that must follow
};
constexpr std::array<TokenShape, 13> kTokens = {{{"AKIA", 16},
                                                 {"ASIA", 16},
                                                 {"ghp_", 16},
                                                 {"gho_", 16},
                                                 {"ghs_", 16},
                                                 {"github_pat_", 16},
                                                 {"glpat-", 12},
                                                 {"xoxb-", 10},
                                                 {"xoxp-", 10},
                                                 {"sk-", 20},
                                                 {"sk_live_", 10},
                                                 {"AIza", 30},
                                                 {"eyJ", 20}}};

/// How a program is given a secret by a one-letter option. `attached`: "-pSECRET"; else the next word.
struct SecretOption {
  std::string_view program;
  std::string_view option;
  bool attached;
  bool after_colon;  ///< only what follows user:
};
constexpr std::array<SecretOption, 12> kOptions = {{{"mysql", "-p", true, false},
                                                    {"mariadb", "-p", true, false},
                                                    {"sshpass", "-p", true, false},
                                                    {"sshpass", "-p", false, false},
                                                    {"curl", "-u", false, true},
                                                    {"curl", "--user", false, true},
                                                    {"curl", "-u", true, true},
                                                    {"redis-cli", "-a", false, false},
                                                    {"ldapsearch", "-w", false, false},
                                                    {"mongo", "-p", false, false},
                                                    {"docker", "-p", false, false},
                                                    {"wget", "--user", false, true}}};

bool is_separator(char c) {
  return c == '\0' || " \t\r\n\"'`,;&|()[]{}<>?\\"sv.find(c) != std::string_view::npos;
}
bool is_token_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

std::string lower_letters(std::string_view text) {
  std::string letters;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return letters;
}

bool is_secret_name(std::string_view name) {
  if (name.empty() || name.size() > 80 || name.find('/') != std::string_view::npos) return false;
  const std::string letters = lower_letters(name);
  if (letters == "pass") return true;
  const auto ends = [&](std::string_view end) {
    return letters.size() >= end.size() && letters.ends_with(end);
  };
  if (std::any_of(kHarmlessEnds.begin(), kHarmlessEnds.end(), ends)) return false;
  return std::any_of(kSecretWords.begin(), kSecretWords.end(),
                     [&](std::string_view word) { return letters.find(word) != std::string::npos; });
}

class Masker {
 public:
  explicit Masker(std::string_view text) : text_(text), is_argv_(text.find('\0') != std::string_view::npos) {}

  std::string run() {
    while (at_ < text_.size()) {
      if (is_separator(text_[at_])) {
        out_ += text_[at_++];
      } else {
        take_word();
      }
    }
    return std::move(out_);
  }

 private:
  enum class Next { show, hide, hide_after_colon };

  void take_word() {
    const std::size_t begin = at_;
    std::size_t end = begin;
    while (end < text_.size() && !is_separator(text_[end]))
      ++end;
    const std::string_view word = text_.substr(begin, end - begin);
    if (word.find_first_not_of(":=") == std::string_view::npos) return show(word);  // between name and value
    const std::string letters = lower_letters(word);

    if (std::find(kSchemes.begin(), kSchemes.end(), letters) != kSchemes.end() &&
        word.size() == letters.size()) {
      // "Authorization: Bearer x": the scheme may be shown. By itself it only tells if a token can follow.
      const bool credential_follows =
          next_ == Next::hide || (letters == "bearer" && text_.substr(end, 1) == " ");
      show(word);
      next_ = credential_follows ? Next::hide : Next::show;
      return;
    }
    const Next now = std::exchange(next_, Next::show);
    if (now == Next::hide) return hide_until(value_end(begin));
    if (now == Next::hide_after_colon) return hide_password(word);
    if (word.starts_with("-----BEGIN") && text_.substr(begin, 60).find("PRIVATE") != std::string_view::npos) {
      const std::size_t closing = text_.find("-----END", end);
      return hide_until(std::min(closing, text_.size()));
    }
    if (take_pair(word, begin) || take_option(word) || take_url(word)) return;
    if (is_quoted_name(word, end)) next_ = Next::hide;
    show(word);
  }

  /// name=value, name:value, name= "value", --name value
  bool take_pair(std::string_view word, std::size_t begin) {
    const std::size_t sign = word.find_first_of("=:");
    const std::string_view name = word.substr(0, sign);
    if (!is_secret_name(name)) return false;
    if (sign == std::string_view::npos) {
      if (!name.starts_with('-')) return false;
      show(word);
      next_ = Next::hide;
      return true;
    }
    show(word.substr(0, sign + 1));
    if (sign + 1 == word.size()) {
      const char follows = at_ < text_.size() ? text_[at_] : '\0';
      if (word[sign] == ':' || follows == '"' || follows == '\'' || follows == '\\') next_ = Next::hide;
      return true;
    }
    const std::string_view scheme = word.substr(sign + 1);
    if (lower_letters(scheme) == "bearer") {
      show(scheme);
      next_ = Next::hide;
    } else {
      hide_until(value_end(begin));
    }
    return true;
  }

  bool take_option(std::string_view word) {
    const std::string_view base = word.substr(word.find_last_of('/') + 1);
    for (const SecretOption& option : kOptions) {
      if (base.starts_with(option.program)) program_ = option.program;
    }
    for (const SecretOption& option : kOptions) {
      if (option.program != program_ || !word.starts_with(option.option)) continue;
      if (option.attached && word.size() > option.option.size()) {
        show(option.option);
        if (option.after_colon) {
          hide_password(word.substr(option.option.size()));
        } else {
          hide_until(at_ + word.size() - option.option.size());
        }
        return true;
      }
      if (!option.attached && word == option.option) {
        show(word);
        next_ = option.after_colon ? Next::hide_after_colon : Next::hide;
        return true;
      }
    }
    return false;
  }

  /// scheme://user:password@host
  bool take_url(std::string_view word) {
    const std::size_t scheme = word.find("://");
    if (scheme == std::string_view::npos) return false;
    const std::string_view rest = word.substr(scheme + 3);
    const std::string_view authority = rest.substr(0, rest.find('/'));
    const std::size_t host = authority.rfind('@');
    if (host == std::string_view::npos || authority.substr(0, host).find(':') == std::string_view::npos)
      return false;
    show(word.substr(0, scheme + 3));
    hide_password(authority.substr(0, host));
    show(rest.substr(host));
    return true;
  }

  /// "name": value, as in JSON
  [[nodiscard]] bool is_quoted_name(std::string_view word, std::size_t end) const {
    if (!is_secret_name(word)) return false;
    const std::size_t quote = text_.find_first_not_of('\\', end);
    if (quote == std::string_view::npos || (text_[quote] != '"' && text_[quote] != '\'')) return false;
    const std::size_t sign = text_.find_first_not_of(' ', quote + 1);
    return sign != std::string_view::npos && (text_[sign] == ':' || text_[sign] == '=');
  }

  /// Where a value that began in the word at `begin` ends: as far as its quotes or its argv element go.
  [[nodiscard]] std::size_t value_end(std::size_t begin) const {
    const char opener = begin == 0 ? (is_argv_ ? '\0' : ' ') : text_[begin - 1];
    if (opener == '\0') return std::min(text_.find('\0', at_), text_.size());
    const bool quoted = opener == '"' || opener == '\'';
    std::size_t end = at_;
    for (; end < text_.size() && text_[end] != '\0'; ++end) {
      const char c = text_[end];
      if (quoted && c == opener && text_[end - 1] != '\\') break;
      if (!quoted && " \t\r\n\"'&;|)"sv.find(c) != std::string_view::npos) break;
    }
    return end;
  }

  /// Shows the text at `at_`, but for known shapes of tokens.
  void show(std::string_view shown) {
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const bool at_boundary = i == 0 || std::isalnum(static_cast<unsigned char>(shown[i - 1])) == 0;
      const std::size_t length = at_boundary ? token_length(shown.substr(i)) : 0;
      if (length == 0) {
        out_ += shown[i];
      } else {
        out_ += shown.substr(i, 4);
        out_ += kMask;
        i += length - 1;
      }
    }
    at_ += shown.size();
  }

  static std::size_t token_length(std::string_view text) {
    for (const TokenShape& shape : kTokens) {
      if (!text.starts_with(shape.prefix)) continue;
      std::size_t length = shape.prefix.size();
      while (length < text.size() && is_token_char(text[length]))
        ++length;
      if (length >= shape.prefix.size() + shape.least_further) return length;
    }
    return 0;
  }

  void hide_until(std::size_t end) {
    out_ += kMask;
    at_ = std::max(end, at_);
  }

  void hide_password(std::string_view user_and_password) {
    const std::size_t colon = user_and_password.find(':');
    if (colon == std::string_view::npos) return show(user_and_password);
    const std::size_t end = at_ + user_and_password.size();
    show(user_and_password.substr(0, colon + 1));
    hide_until(end);
  }

  std::string_view text_;
  bool is_argv_;
  std::size_t at_ = 0;
  std::string out_;
  Next next_ = Next::show;
  std::string_view program_;
};

}  // namespace

std::string mask_secrets(std::string_view text) {
  return Masker(text).run();
}

}  // namespace da
